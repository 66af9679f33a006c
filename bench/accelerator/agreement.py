"""Does the device compute what the CPU computes? Scores, gradients and features."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from bench.accelerator.session import Session, section
from bench.accelerator.workload import (
    COEFFICIENTS,
    clips,
    experiment_of,
    inputs_of,
    models_of,
)
from spoofjax.features import LFCC
from spoofjax.models.arrays import flatten
from spoofjax.training.step import Inputs, apply


class Result(NamedTuple):
    """What one device computes for a batch."""

    scores: np.ndarray
    gradient: list[np.ndarray]


def agreement(session: Session) -> None:
    """Compare every model and the features in the graph with the CPU."""
    section("the device against the CPU, largest difference")
    if session.is_cpu:
        session.skip("the device against the CPU", "this is the CPU")
    for name, model in models_of("float32").items():
        if session.has_time(f"agreement of {name}", 40):
            model_agreement(session, name, model)
    if session.has_extension("spoofjax.features._framed", "features on the host"):
        features_agreement(session)


def model_agreement(session: Session, name: str, model: Any) -> None:
    """Note the largest difference of the scores and the relative one of the gradient."""
    batch = Inputs(*inputs_of(4 if session.quick else 16))
    loss = experiment_of(model, len(batch.labels)).loss
    graph, params, constants = nnx.split(model.build(COEFFICIENTS, nnx.Rngs(1)), nnx.Param, ...)
    arrays = jax.device_get((flatten(params), flatten(constants)))

    def objective(params, constants, inputs):
        output, _ = apply(graph, params, constants, inputs)
        return loss(output, inputs.labels).mean(), output.score

    both = jax.jit(jax.value_and_grad(objective, has_aux=True))

    def on(device: Any) -> Result:
        # TF32 and bfloat16 products would hide a wrong result behind their rounding.
        with jax.default_matmul_precision("highest"):
            placed = jax.device_put((*arrays, batch), device)
            (_, scores), gradient = jax.device_get(both(*placed))
        return Result(scores, jax.tree.leaves(gradient))

    expected = on(jax.devices("cpu")[0])
    if session.is_cpu:
        return
    result = on(session.device)
    differences = [a - b for a, b in zip(expected.gradient, result.gradient, strict=True)]
    session.note(f"{name}: scores", np.abs(expected.scores - result.scores).max())
    relative = norm_of(differences) / norm_of(expected.gradient)
    session.note(f"{name}: gradient, relative norm", relative)


def norm_of(arrays: list[np.ndarray]) -> float:
    """Return the Euclidean norm of all arrays together."""
    return float(np.sqrt(sum(float(np.sum(np.square(array))) for array in arrays)))


def features_agreement(session: Session) -> None:
    """Note the largest difference of features in the graph from the kernel's on the host."""
    waves = clips(4)
    expected = LFCC()(waves)
    for dft in ("fft", "matrix"):
        transform = jax.jit(LFCC().in_graph(dft))
        features = np.asarray(transform(jnp.asarray(waves, jnp.float32) / 32768))
        difference = np.abs(features - expected).max()
        session.note(f"LFCC-60 in the graph ({dft}): features", difference)
