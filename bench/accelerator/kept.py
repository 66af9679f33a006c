"""What the forward pass of CNN2D keeps for the backward pass, as traced: no device matters."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

from bench.accelerator.workload import COEFFICIENTS, FRAMES
from spoofjax.models import CNN2D
from spoofjax.models.arrays import flatten, unflatten
from spoofjax.models.classifier import Precision
from spoofjax.models.layers import slot_keys


def kept_gibibytes(dtype: Precision, batch: int) -> float:
    """Return the GiB that the derivative of CNN2D's scores by its parameters holds."""
    network = CNN2D(dtype=dtype).build(COEFFICIENTS, nnx.Rngs(0))
    graph, params, constants = nnx.split(network, nnx.Param, ...)
    fixed = flatten(constants)

    def derivative(params, x, lengths):
        def scores(params):
            module = nnx.merge(graph, unflatten(params), unflatten(fixed), copy=True)
            keys = slot_keys(jax.random.key(0), jnp.arange(batch))
            return module(x, lengths, train=True, key=keys).score

        return jax.vjp(scores, params)[1]

    x = jax.ShapeDtypeStruct((batch, FRAMES, COEFFICIENTS), jnp.float32)
    lengths = jax.ShapeDtypeStruct((batch,), jnp.int32)
    kept = jax.tree.leaves(jax.eval_shape(derivative, flatten(params), x, lengths))
    return sum(leaf.size * leaf.dtype.itemsize for leaf in kept) / 2**30
