"""A network as a dictionary of arrays, and pure functions of such dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.attacks import with_attacks
from spoofjax.models.output import Output


def flatten(state: nnx.State) -> dict[str, jax.Array]:
    """Return an nnx state as {'block/0/kernel': array, ...}, as checkpoints and exports hold it."""
    return {
        "/".join(str(part) for part in path): leaf.get_value()
        for path, leaf in nnx.to_flat_state(state)
    }


def unflatten(flat: dict[str, Any]) -> dict:
    """Return the nested form of the output of `flatten`, which nnx.merge takes."""
    nested: dict = {}
    for name, leaf in flat.items():
        *path, last = (int(part) if part.isdigit() else part for part in name.split("/"))
        node = nested
        for part in path:
            node = node.setdefault(part, {})
        node[last] = leaf
    return nested


def make_predict(graph: nnx.GraphDef) -> Callable[[Any, Any, Any, Any], jax.Array]:
    """Return the pure function (params, constants, features, lengths) -> scores (batch,).

    Matrix products use full float32 precision, so that an accelerator gives the same scores as a
    CPU. Training uses jax's default precision, which is TF32 on NVIDIA GPUs.
    """
    output_of = _make_output(graph)

    def predict(params, constants, features, lengths):
        return output_of(params, constants, features, lengths).score.astype(jnp.float32)

    return predict


def make_predict_steps(graph: nnx.GraphDef) -> Callable[[Any, Any, Any, Any], tuple]:
    """Return a function like that of `make_predict` for a network that scores steps.

    It returns scores (batch,), the scores of steps (batch, steps), and int32 (batch,) valid steps.
    """
    output_of = _make_output(graph)

    def predict(params, constants, features, lengths):
        output = output_of(params, constants, features, lengths)
        return output.score.astype(jnp.float32), output.step_logits, output.step_lengths

    return predict


def make_trace(graph: nnx.GraphDef) -> Callable[[Any, Any, Any, Any], Output]:
    """Return the pure function (params, constants, features, lengths) -> Output of a network.

    Beside the scores that `make_predict` gives, it has the logits of the attacks that a network
    traces.
    """

    def trace(params, constants, features, lengths):
        module = nnx.merge(graph, unflatten(params), unflatten(constants), copy=True)
        with jax.default_matmul_precision("highest"):
            output = with_attacks(module, module(features, lengths))
        return output._replace(score=output.score.astype(jnp.float32))

    return trace


def _make_output(graph: nnx.GraphDef) -> Callable[[Any, Any, Any, Any], Output]:
    def output_of(params, constants, features, lengths):
        module = nnx.merge(graph, unflatten(params), unflatten(constants), copy=True)
        with jax.default_matmul_precision("highest"):
            return module(features, lengths)

    return output_of
