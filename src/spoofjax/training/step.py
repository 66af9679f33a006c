"""The training step: a pure function of state, batch and key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from spoofjax.config import Loss
from spoofjax.models.arrays import flatten, unflatten
from spoofjax.models.attacks import with_attacks
from spoofjax.models.layers import slot_keys
from spoofjax.models.output import Output
from spoofjax.training.accumulation import ONE_PART, Parts, accumulated
from spoofjax.training.mixup import loss_of, mixed


class TrainState(NamedTuple):
    """Everything that a step changes; a checkpoint stores all of it."""

    params: Any
    """Trained parameters."""
    constants: Any
    """Arrays that are not trained: batch-norm statistics, feature standardisation."""
    optimizer: Any
    """The optimiser's own state."""
    average: Any
    """Moving average of the parameters, or an empty dict."""
    step: jax.Array
    """int32 (): number of steps taken."""


Beside = Callable[[Output, "Inputs"], jax.Array]
"""(output, inputs) -> float32 (batch,): a further loss of each utterance."""


class StepMetrics(NamedTuple):
    """Results of a step: scalars that stay on the device until they are fetched."""

    loss: jax.Array
    gradient_norm: jax.Array
    finite: jax.Array


class Inputs(NamedTuple):
    """A training batch, split over the devices along the first axis."""

    features: Any
    """float32 (batch, frames, coefficients), or the samples from which the step computes them."""
    lengths: Any
    """int32 (batch,): valid frames (or samples) of each utterance."""
    labels: Any
    """int32 (batch,): 1 bona fide, 0 spoof."""
    reference: Any = None
    """Features and lengths of another utterance of each speaker, or None."""
    teacher: Any = None
    """float32 (batch,): the log-likelihood ratios of the run's teacher, or None."""
    attacks: Any = None
    """int32 (batch,): which of the traced attacks, -1 for none of them; None without tracing."""
    mixture: Any = None
    """A `mixup.Mixture` of the batch, or None."""
    step_labels: Any = None
    """int8 (batch, steps): labels of the network's steps, -1 in padding; None where it scores none.
    """


def initial_state(
    module: nnx.Module, transform: optax.GradientTransformation, average: bool
) -> tuple[nnx.GraphDef, TrainState]:
    """Return (graph definition, TrainState at step 0) of a newly built module."""
    graph, params, constants = nnx.split(module, nnx.Param, ...)
    flat = flatten(params)
    copy = jax.tree.map(jnp.copy, flat) if average else {}
    # Jitted as one program; without jit, each new shape would be compiled separately.
    optimizer = jax.jit(transform.init)(flat)
    zero = jax.device_put(np.int32(0))
    return graph, TrainState(flat, flatten(constants), optimizer, copy, zero)


def state_shapes(
    module: nnx.Module, transform: optax.GradientTransformation, average: bool
) -> tuple[nnx.GraphDef, TrainState]:
    """Return what `initial_state` returns, with a jax.ShapeDtypeStruct in the place of each array.

    A step can be compiled from it before the module has its values.
    """
    graph, params, constants = nnx.split(module, nnx.Param, ...)
    flat = flatten(params)
    optimizer, zero = jax.eval_shape(transform.init, flat), jax.ShapeDtypeStruct((), np.int32)
    state: Any = (flat, flatten(constants), optimizer, flat if average else {}, zero)
    state = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), state)
    return graph, TrainState(*state)


def apply(graph: nnx.GraphDef, params: Any, constants: Any, inputs: Inputs, **options: Any):
    """Run the module on features and lengths; return (Output, updated constants).

    `options` are the module's keyword arguments `train` and `key`.
    """
    module = nnx.merge(graph, unflatten(params), unflatten(constants), copy=True)
    paired = {} if inputs.reference is None else {"reference": inputs.reference}
    output = module(inputs.features, inputs.lengths, **options, **paired)
    output = with_attacks(module, output, **options)
    _, _, changed = nnx.split(module, nnx.Param, ...)
    return output, flatten(changed)


def make_train_step(
    graph: nnx.GraphDef,
    transform: optax.GradientTransformation,
    loss: Loss,
    average: float | None,
    axis: str | None = None,
    parts: Parts = ONE_PART,
    mixup: float | None = None,
    features: Callable | None = None,
    beside: Beside | None = None,
) -> Callable[[TrainState, Inputs, jax.Array], tuple[TrainState, StepMetrics]]:
    """Return the pure step (state, inputs, key) -> (state, metrics).

    `key` is that of the run. The step folds its own number in, so that a resumed run draws the same
    dropout. The loss is the mean over the global batch. Batch norm uses the statistics of the whole
    batch or, with several `parts`, of one part after the other (see accumulation.accumulated).
    Under pmap each device processes its share, and `axis` names the axis that joins them. `mixup`
    is that of the experiment. `features` maps samples and lengths to features and lengths, for
    batches of samples; see features/on_device.py. `beside` is a further loss of each utterance,
    which is added to `loss`.
    """

    def objective(params, constants, inputs, keys):
        output, changed = apply(graph, params, constants, inputs, train=True, key=keys)
        further = 0.0 if beside is None else beside(output, inputs).mean()
        if axis is not None and loss.compares_utterances:
            gathered = (output, inputs.labels, inputs.step_labels)
            output, labels, step_labels = jax.lax.all_gather(gathered, axis, tiled=True)
            everything = Inputs(None, None, labels, step_labels=step_labels)
            return loss_of(loss, output, everything).mean() + further, changed
        return loss_of(loss, output, inputs).mean() + further, changed

    graded = accumulated(jax.value_and_grad(objective, has_aux=True), parts, axis)

    def step(state: TrainState, inputs: Inputs, key: jax.Array):
        slots = jnp.arange(inputs.labels.shape[0])
        if axis is not None:
            slots = slots + jax.lax.axis_index(axis) * len(slots)
        key = jax.random.fold_in(key, state.step)
        keys = slot_keys(key, slots)
        if features is not None:
            inputs = _with_features(inputs, features)
        batch = inputs if mixup is None else mixed(inputs, mixup, key, axis)
        (value, constants), gradient = graded(state.params, state.constants, batch, keys)
        if axis is not None:
            value, gradient = jax.lax.pmean((value, gradient), axis)
        updates, optimizer = transform.update(gradient, state.optimizer, state.params)
        params = optax.apply_updates(state.params, updates)
        mean = state.average
        if average is not None:
            # The decay is smaller in the first steps, so that the random initial weights fade soon.
            decay = jnp.minimum(average, (1.0 + state.step) / (10.0 + state.step))
            mean = jax.tree.map(lambda m, p: decay * m + (1 - decay) * p, mean, params)
        norm = optax.tree.norm(gradient)
        metrics = StepMetrics(value, norm, jnp.isfinite(value) & jnp.isfinite(norm))
        return TrainState(params, constants, optimizer, mean, state.step + 1), metrics

    return step


def _with_features(inputs: Inputs, features: Callable) -> Inputs:
    """Return a batch of samples with the features of these, and of its reference."""
    with jax.named_scope("features"):
        own, lengths = features(inputs.features, inputs.lengths)
        reference = None if inputs.reference is None else features(*inputs.reference)
    return inputs._replace(features=own, lengths=lengths, reference=reference)


def evaluated(state: TrainState) -> Any:
    """Return the parameters to evaluate: the moving average if there is one."""
    return state.average or state.params
