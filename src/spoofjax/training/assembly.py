"""An experiment on its devices: model, optimiser state and step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np
from flax import nnx
from jax.sharding import Mesh

from spoofjax.cluster import hosts
from spoofjax.config import Experiment
from spoofjax.errors import ConfigError
from spoofjax.features.embeddings import Embeddings
from spoofjax.features.on_device import features_of_samples
from spoofjax.loading.batches import Batch
from spoofjax.models.arrays import make_predict, make_trace
from spoofjax.models.building import build_network
from spoofjax.registry.resolving import read_weights
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import read_source
from spoofjax.training import replicated, sharding
from spoofjax.training.accumulation import parts_of
from spoofjax.training.beside import loss_beside
from spoofjax.training.step import (
    Inputs,
    TrainState,
    initial_state,
    make_train_step,
    state_shapes,
)
from spoofjax.training.teacher import Teacher, needs_samples
from spoofjax.training.transfer import Transferred, load_source


@dataclass
class Assembly:
    """The model, its state and its compiled functions on the devices, built by `assemble`."""

    experiment: Experiment
    mesh: Mesh
    graph: Any
    transform: Any
    shapes: TrainState
    """The shapes and types of `state`, from which a step can be compiled."""
    network: Any
    """The network, until `state` has taken its arrays."""
    step_frames: int | None = None
    """Frames of a step that the network scores; None where it scores no steps."""
    transferred: Transferred | None = None
    """What the state takes over from the run's source of weights."""
    _has_examples: bool = False

    def prepare(
        self,
        statistics: tuple[np.ndarray, np.ndarray] | None,
        examples: Batch | None,
        is_new: bool,
    ) -> None:
        """Give the network the values it starts from, before `state` takes them.

        The arguments are those of `assemble`, which calls this. Raises ConfigError if the run's
        source of weights does not fit.
        """
        experiment = self.experiment
        if statistics is not None:
            self.network.set_statistics(*statistics)
        if examples is not None:
            features, lengths, labels = examples[:3]
            self.network.learn(features, lengths, labels, experiment.seed)
            self._has_examples = True
        if is_new and experiment.transfer.source is not None:
            source = read_source(experiment.transfer.source)
            self.transferred = load_source(self.network, experiment.transfer, source)

    @cached_property
    def state(self) -> TrainState:
        """The state at step 0, on the devices."""
        _, state = initial_state(self.network, self.transform, self.experiment.average is not None)
        self.network = None  # its arrays would stay in memory beside those of the state
        if self._has_examples:
            # Processors may round differently, and every process must have the same constants.
            constants = jax.tree.map(np.asarray, state.constants)
            state = state._replace(constants=hosts.of_first(constants))
        # Copied through numpy, because device_put may share the module's buffers, which the first
        # step deletes when it donates the state.
        return jax.device_put(jax.tree.map(np.asarray, state), self.layout)

    @cached_property
    def train_step(self) -> Any:
        """The compiled step (state, inputs, key) -> (state, metrics); the state is donated."""
        experiment = self.experiment
        if self._by_pmap:
            return replicated.replicated_step(
                self.graph,
                self.transform,
                experiment.loss,
                experiment.average,
                self.mesh,
                parts_of(experiment),
                experiment.mixup,
                self._features,
                loss_beside(experiment),
            )
        step = make_train_step(
            self.graph,
            self.transform,
            experiment.loss,
            experiment.average,
            parts=parts_of(experiment),
            mixup=experiment.mixup,
            features=self._features,
            beside=loss_beside(experiment),
        )
        everywhere, split = sharding.replicated(self.mesh), sharding.split(self.mesh)
        return jax.jit(
            step,
            in_shardings=(self.layout, split, everywhere),
            out_shardings=(self.layout, everywhere),
            donate_argnums=0,
        )

    @property
    def takes_samples(self) -> bool:
        """Whether `train_step` computes features from samples, see `settings.Loading.features`."""
        place = self.experiment.loading.features
        if isinstance(self.experiment.front_end, Embeddings):
            return False  # they are features already
        if self._teacher_needs_samples:
            return True
        return place == "device" or (place == "auto" and self._platform != "cpu")

    @property
    def _features(self) -> Callable | None:
        if not self.takes_samples:
            return None
        # Products with matrices suit an accelerator, and a CPU is faster with the transform.
        dft = "fft" if self._platform == "cpu" else "matrix"
        return features_of_samples(self.experiment.front_end, dft)

    @property
    def _platform(self) -> str:
        return self.mesh.devices.flat[0].platform

    @cached_property
    def predict(self) -> Any:
        """The jitted (params, constants, features, lengths) -> scores, on every device."""
        return self._on_every_device(make_predict(self.graph))

    @cached_property
    def trace(self) -> Any:
        """The jitted function like `predict` whose result is an Output, see arrays.make_trace."""
        return self._on_every_device(make_trace(self.graph))

    def _on_every_device(self, function: Callable) -> Any:
        everywhere, split = sharding.replicated(self.mesh), sharding.split(self.mesh)
        return jax.jit(
            function,
            in_shardings=(self.layout.params, self.layout.constants, split, split),
            out_shardings=everywhere,
        )

    @cached_property
    def key(self) -> jax.Array:
        """The random key of the run, on every device."""
        key = jax.random.key(self.experiment.seed)
        # jax places plain integers, but not keys, on the devices of other processes.
        integers = np.asarray(jax.random.key_data(key))
        placed = jax.device_put(integers, sharding.replicated(self.mesh))
        return jax.random.wrap_key_data(placed, impl=jax.random.key_impl(key))

    def put(self, batch: Batch) -> Inputs:
        """Place a training batch on the devices."""
        inputs = Inputs(
            batch.features,
            batch.lengths,
            batch.labels,
            batch.reference,
            step_labels=batch.step_labels,
            attacks=batch.attacks,
        )
        if self._by_pmap:
            return replicated.put_shares(inputs, self.mesh)
        inputs = Inputs(*sharding.put_batch(tuple(inputs), self.mesh))
        if self._teacher is None:
            return inputs
        return inputs._replace(teacher=self._teacher(inputs.features, inputs.lengths))

    @cached_property
    def _teacher(self) -> Teacher | None:
        path = self.experiment.distillation.teacher
        if path is None:
            return None
        return Teacher(path, self.mesh, takes_samples=self.takes_samples)

    @cached_property
    def _teacher_needs_samples(self) -> bool:
        path = self.experiment.distillation.teacher
        return path is not None and needs_samples(self.experiment, RunFolder(path).experiment())

    @cached_property
    def layout(self) -> TrainState:
        """The sharding of every array of the state."""
        return sharding.layout(self.shapes, self.mesh, self.experiment.parallel.shard_parameters)

    @property
    def _by_pmap(self) -> bool:
        return self.experiment.parallel.api == "pmap"

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        return sum(leaf.size for leaf in self.shapes.params.values())

    @property
    def state_bytes(self) -> int:
        """Bytes of the state on each device."""
        leaves, places = jax.tree.leaves(self.shapes), jax.tree.leaves(self.layout)
        return sum(
            math.prod(place.shard_shape(leaf.shape)) * leaf.dtype.itemsize
            for leaf, place in zip(leaves, places, strict=True)
        )


def assemble(
    experiment: Experiment,
    steps: int,
    statistics: tuple[np.ndarray, np.ndarray] | None = None,
    is_new: bool = False,
    examples: Batch | None = None,
) -> Assembly:
    """Build the model from its seed, with the values that it starts from.

    `statistics` are the mean and deviation of each coefficient, for a new run. A checkpoint that
    is restored later has its own, and a model that does not standardize its input needs none.
    `is_new` says that no checkpoint will be restored, so that the model starts from the weights
    that it names, and takes over those of the run's source. `examples` are training utterances that
    a new network learns from before step 1, for models that do. Raises ConfigError if the batch
    does not divide over the devices, or if the source does not fit.
    """
    assembly = assemble_unprepared(experiment, steps, is_new)
    assembly.prepare(statistics, examples, is_new)
    return assembly


def assemble_unprepared(experiment: Experiment, steps: int, is_new: bool) -> Assembly:
    """Build the model as `assemble` does, and leave calling `Assembly.prepare` to the caller.

    Its step can be compiled before that.
    """
    experiment.model.check_clip(experiment.clip)
    mesh = sharding.make_mesh(experiment.parallel.devices)
    if experiment.clip.train_buckets:
        sharding.check_multiple(experiment.clip.train_multiple, mesh, parts_of(experiment))
    else:
        sharding.check_batch(experiment.batch, mesh, parts_of(experiment))
    module: Any = build_network(experiment, nnx.Rngs(experiment.seed))
    if is_new:
        experiment.model.load_pretrained(module, read_weights)
    if experiment.parallel.api == "pmap":
        replicated.check(experiment.parallel)
        replicated.name_axis(module)
    transform = experiment.optimizer.build(steps)
    step_head = getattr(module, "step_head", None)  # an ensemble has none
    step_frames = None if step_head is None else module.step_frames
    if step_frames is not None and experiment.mixup is not None:
        raise ConfigError(
            "mixup has no labels for the parts of a mixture of two utterances, which Localisation "
            "needs. Leave one of them out."
        )
    graph, shapes = state_shapes(module, transform, experiment.average is not None)
    return Assembly(experiment, mesh, graph, transform, shapes, module, step_frames)


def steps_of(experiment: Experiment, epoch: int) -> int:
    """Return the number of steps of the run; `epoch` is that of an epoch."""
    if experiment.steps is not None:
        return experiment.steps
    return max(1, math.ceil((experiment.epochs or 1) * epoch))
