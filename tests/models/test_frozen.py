"""Frozen parameters belong to the constants of a network."""

import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.models.arrays import flatten
from spoofjax.models.frozen import freeze
from spoofjax.models.layers import Dense


class TwoLayers(nnx.Module):
    def __init__(self):
        self.encoder = nnx.List([Dense(4, 3, nnx.Rngs(0))])
        self.head = Dense(3, 1, nnx.Rngs(1))

    def __call__(self, x):
        return self.head(self.encoder[0](x))


def test_a_frozen_part_keeps_its_values_and_leaves_the_parameters():
    module = TwoLayers()
    x = jnp.ones((2, 4))
    before = module(x)
    freeze(module.encoder)
    _, params, constants = nnx.split(module, nnx.Param, ...)
    assert set(flatten(params)) == {"head/kernel", "head/bias"}
    assert set(flatten(constants)) == {"encoder/0/kernel", "encoder/0/bias"}
    np.testing.assert_array_equal(module(x), before)


def test_shapes_alone_can_be_frozen():
    def build():
        module = TwoLayers()
        freeze(module.encoder)
        return module

    constants = nnx.split(nnx.eval_shape(build), nnx.Param, ...)[2]
    assert flatten(constants)["encoder/0/kernel"].shape == (4, 3)
