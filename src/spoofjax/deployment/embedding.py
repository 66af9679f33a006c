"""What `spoofjax embed` computes: hidden states of an encoder, or the embedding of any detector."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.config import Experiment
from spoofjax.deployment.detector import Detector
from spoofjax.errors import ConfigError, nearest
from spoofjax.models.arrays import flatten, unflatten
from spoofjax.models.building import build_network
from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.layers import mean_over_time, statistics_over_time, valid
from spoofjax.models.self_supervised import SelfSupervised
from spoofjax.registry.resolving import read_weights

Pool = Literal["none", "mean", "statistics"]
OUTPUT = "output"
"""The name of the vector that a model's last dense layer scores."""
LAST = "last"


class Computed(NamedTuple):
    """Embeddings of a batch."""

    values: np.ndarray
    """float32 (batch, frames, layers, width); pooled ones have one frame."""
    frames: np.ndarray
    """int64 (batch,): valid frames of each utterance."""


@dataclass
class Embedder:
    """An experiment with its weights, and which of its vectors are wanted."""

    experiment: Experiment
    params: dict[str, Any]
    constants: dict[str, Any]
    layers: tuple[str, ...]
    pool: Pool

    @classmethod
    def of_run(cls, folder: Path, layers: Sequence[str] | None, pool: Pool) -> Embedder:
        """Return the embedder of a finished run or an export."""
        detector = Detector.load(folder)
        chosen = chosen_layers(detector.experiment, layers, is_trained=True)
        params, constants = jax.device_put((detector.params, detector.constants))
        return cls(detector.experiment, params, constants, chosen, pool)

    @classmethod
    def of_config(
        cls, experiment: Experiment, layers: Sequence[str] | None, pool: Pool
    ) -> Embedder:
        """Return the embedder of an experiment's encoder with the weights that it names."""
        chosen = chosen_layers(experiment, layers, is_trained=False)
        # Nothing is trained here, so that nothing has to be frozen.
        experiment = experiment.replace(transfer=experiment.transfer.replace(freeze=()))
        network = build_network(experiment, nnx.Rngs(experiment.seed))
        experiment.model.load_pretrained(network, read_weights)
        _, params, constants = nnx.split(network, nnx.Param, ...)
        return cls(experiment, flatten(params), flatten(constants), chosen, pool)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all weights, in hexadecimal digits."""
        sha256 = hashlib.sha256()
        for name, value in sorted({**self.params, **self.constants}.items()):
            array = np.ascontiguousarray(value)
            sha256.update(f"{name} {array.dtype.str} {array.shape}".encode())
            sha256.update(array.tobytes())
        return sha256.hexdigest()

    def __call__(self, features: np.ndarray, lengths: np.ndarray) -> Computed:
        """Compute the embeddings of features (batch, frames, coefficients) with valid lengths."""
        values, frames = self._compiled(self.params, self.constants, features, lengths)
        return Computed(np.asarray(values), np.asarray(frames, np.int64))

    @property
    def is_pooled(self) -> bool:
        """Whether an utterance gets one vector of each layer, without frames."""
        return self.pool != "none" or self.layers == (OUTPUT,)

    def width_for(self, shape: tuple[int, ...]) -> int:
        """Return the size of a vector for features of this shape, without computing it."""
        features = jax.ShapeDtypeStruct(shape, jnp.float32)
        lengths = jax.ShapeDtypeStruct(shape[:1], jnp.int32)
        arguments = (self.params, self.constants, features, lengths)
        return jax.eval_shape(self._compiled, *arguments)[0].shape[-1]

    @cached_property
    def _compiled(self) -> Any:
        graph = Detector(self.experiment, {}, {}, {}).graph

        def compute(params, constants, features, lengths):
            network = nnx.merge(graph, unflatten(params), unflatten(constants), copy=True)
            with jax.default_matmul_precision("highest"):
                if self.layers == (OUTPUT,):
                    vectors = network(features, lengths).embedding
                    return vectors[:, None, None], jnp.ones(len(features), jnp.int32)
                encoded = network.encode(features, lengths)
                return _pooled(_stacked(encoded, self.layers), encoded.lengths, self.pool)

        return jax.jit(compute)


def chosen_layers(
    experiment: Experiment, names: Sequence[str] | None, *, is_trained: bool
) -> tuple[str, ...]:
    """Return the names of the layers to write, all of an encoder's by default.

    They are 0 for the input of the first layer, 1 and so on for the outputs of the layers, last
    for the last one after the final norm, and output for the vector that the model scores. Raises
    ConfigError for others.
    """
    model = experiment.model
    available = [OUTPUT] if is_trained else []
    if isinstance(model, SelfSupervised):
        available = [*map(str, range(model.encoder.depth + 1)), LAST, *available]
    if not available:
        raise ConfigError(
            f"{type(model).__name__} has no weights before it is trained: name a finished run "
            "instead of a configuration, or a configuration of a self-supervised encoder."
        )
    if names is None:
        return tuple(name for name in available if name != OUTPUT) or (OUTPUT,)
    for name in names:
        if name not in available:
            raise ConfigError(
                f"There is no layer {name!r}.{nearest(name, available)} "
                f"There are: {', '.join(available)}."
            )
    if OUTPUT in names and len(names) > 1:
        raise ConfigError(f"{OUTPUT} has no frames, so it is written alone.")
    if len(set(names)) < len(names):
        raise ConfigError(f"--layers names a layer twice: {' '.join(names)}.")
    return tuple(names)


def _stacked(encoded: Encoded, names: Sequence[str]) -> jax.Array:
    """Return (layers, batch, frames, width) of the named layers."""
    fixed = {"0": encoded.embedding, LAST: encoded.last}
    return jnp.stack([fixed[n] if n in fixed else encoded.layers[int(n) - 1] for n in names])


def _pooled(stack: jax.Array, lengths: jax.Array | None, pool: Pool) -> tuple[jax.Array, jax.Array]:
    """Return float32 (batch, frames, layers, width) and int32 (batch,) valid frames."""
    batch, frames = stack.shape[1:3]
    if pool == "none":
        counts = jnp.full(batch, frames, jnp.int32) if lengths is None else lengths
        return jnp.moveaxis(stack, 0, 2), counts
    mask = valid(lengths, frames)
    over_time = mean_over_time if pool == "mean" else statistics_over_time
    pooled = jax.vmap(lambda layer: over_time(layer, mask))(stack)
    return jnp.swapaxes(pooled, 0, 1)[:, None], jnp.ones(batch, jnp.int32)
