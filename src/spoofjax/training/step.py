"""The pure training step: a function of state and batch alone."""

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
from spoofjax.models.layers import slot_keys
from spoofjax.training.accumulation import ONE_PART, Parts, accumulated


class TrainState(NamedTuple):
    """Everything a step changes; a pytree that a checkpoint stores whole."""

    params: Any
    """Trained parameters."""
    constants: Any
    """What is not trained: batch-norm statistics, feature standardisation."""
    optimizer: Any
    """The optimiser's own state."""
    average: Any
    """Moving average of the parameters, or None."""
    step: jax.Array
    """int32 (): steps done."""


class StepMetrics(NamedTuple):
    """What a step reports; scalars on the device until they are fetched."""

    loss: jax.Array
    gradient_norm: jax.Array
    finite: jax.Array


class Inputs(NamedTuple):
    """What a step eats, laid out over the devices along the first axis."""

    features: Any
    """float32 (batch, frames, coefficients), or (batch, samples) for waveform front ends."""
    lengths: Any
    """int32 (batch,): valid frames (samples) of each utterance."""
    labels: Any
    """int32 (batch,): 1 bona fide, 0 spoof."""


def initial_state(
    module: nnx.Module, transform: optax.GradientTransformation, average: bool
) -> tuple[nnx.GraphDef, TrainState]:
    """Return (graph definition, TrainState at step 0) of a freshly built module."""
    graph, params, constants = nnx.split(module, nnx.Param, ...)
    flat = flatten(params)
    copy = jax.tree.map(jnp.copy, flat) if average else {}
    # In one program: eagerly each new shape would be compiled by itself.
    optimizer = jax.jit(transform.init)(flat)
    zero = jax.device_put(np.int32(0))
    return graph, TrainState(flat, flatten(constants), optimizer, copy, zero)


def apply(graph: nnx.GraphDef, params: Any, constants: Any, inputs: Inputs, **how: Any):
    """Run the module on features and lengths; return (Output, new constants)."""
    module = nnx.merge(graph, unflatten(params), unflatten(constants), copy=True)
    output = module(inputs.features, inputs.lengths, **how)
    _, _, changed = nnx.split(module, nnx.Param, ...)
    return output, flatten(changed)


def make_train_step(
    graph: nnx.GraphDef,
    transform: optax.GradientTransformation,
    loss: Loss,
    average: float | None,
    axis: str | None = None,
    parts: Parts = ONE_PART,
) -> Callable[[TrainState, Inputs, jax.Array], tuple[TrainState, StepMetrics]]:
    """Return the pure step (state, inputs, key) -> (state, metrics).

    `key` is the run's; the step folds its own number in, so that a resumed run draws the same
    dropout. The loss is the mean over the global batch; batch norm sees all of it, or, in
    several `parts`, one part after the other (see accumulation.accumulated). Under pmap each
    device sees its share, and `axis` names the axis that joins them.
    """

    def objective(params, constants, inputs, keys):
        output, changed = apply(graph, params, constants, inputs, train=True, key=keys)
        return loss(output, inputs.labels).mean(), changed

    graded = accumulated(jax.value_and_grad(objective, has_aux=True), parts, axis)

    def step(state: TrainState, inputs: Inputs, key: jax.Array):
        slots = jnp.arange(inputs.labels.shape[0])
        if axis is not None:
            slots = slots + jax.lax.axis_index(axis) * len(slots)
        keys = slot_keys(jax.random.fold_in(key, state.step), slots)
        (value, constants), gradient = graded(state.params, state.constants, inputs, keys)
        if axis is not None:
            value, gradient = jax.lax.pmean((value, gradient), axis)
        updates, optimizer = transform.update(gradient, state.optimizer, state.params)
        params = optax.apply_updates(state.params, updates)
        mean = state.average
        if average is not None:
            # Early on the decay is smaller, so that the random initial weights are soon forgotten.
            decay = jnp.minimum(average, (1.0 + state.step) / (10.0 + state.step))
            mean = jax.tree.map(lambda m, p: decay * m + (1 - decay) * p, mean, params)
        norm = optax.tree.norm(gradient)
        metrics = StepMetrics(value, norm, jnp.isfinite(value) & jnp.isfinite(norm))
        return TrainState(params, constants, optimizer, mean, state.step + 1), metrics

    return step


def evaluated(state: TrainState) -> Any:
    """Return the parameters to evaluate: the moving average where there is one."""
    return state.average or state.params
