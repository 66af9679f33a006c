"""What the derivative of a block keeps in bfloat16: no copies of its activations in float32."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.models.layers import ConvBlock

SHAPE = (2, 8, 6, 4)


def test_activations_are_kept_in_bfloat16():
    block = ConvBlock(4, 4, (3, 3), (2, 2), nnx.Rngs(0), convolutions=2, dtype="bfloat16")
    graph, state = nnx.split(block)
    x = jnp.asarray(np.random.default_rng(0).normal(size=SHAPE), jnp.bfloat16)

    def run(x):
        return nnx.merge(graph, state, copy=True)(x, jnp.array([8, 5]), train=True)[0]

    _, derivative = jax.eval_shape(lambda x: jax.vjp(run, x), x)
    kept = [leaf for leaf in jax.tree.leaves(derivative) if leaf.shape[0:1] == SHAPE[:1]]
    activations = [leaf.dtype for leaf in kept if jnp.issubdtype(leaf.dtype, jnp.floating)]
    assert activations
    assert set(activations) == {jnp.dtype(jnp.bfloat16)}
