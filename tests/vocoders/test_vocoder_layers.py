"""Layers of codecs, compared with sums that are written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from spoofjax.vocoders.layers import TransposedConv, padded
from spoofjax.vocoders.seanet import StreamConv


@pytest.mark.parametrize(("size", "stride", "groups"), [(5, 2, 2), (3, 4, 1)])
def test_a_transposed_convolution_adds_a_scaled_kernel_at_each_step(size, stride, groups):
    random = np.random.default_rng(0)
    layer = TransposedConv("up", 4, 6, size, stride, trim=(1, 0), groups=groups)
    kernel, bias = random.normal(size=layer.shapes()["up.weight"]), random.normal(size=6)
    x = random.normal(size=(2, 7, 4))
    expected = np.zeros((2, 6 * stride + size, 6))
    for step in range(7):
        for channel in range(4):
            first = channel // (4 // groups) * (6 // groups)
            contribution = x[:, step, channel, None, None] * kernel[channel].T
            rows = slice(step * stride, step * stride + size)
            expected[:, rows, first : first + 6 // groups] += contribution
    weights = {"up.weight": jnp.asarray(kernel), "up.bias": jnp.asarray(bias)}
    result = jax.jit(layer)(weights, jnp.asarray(x))
    np.testing.assert_allclose(result, expected[:, 1:] + bias, atol=1e-5)


def test_a_causal_convolution_has_one_step_for_each_stride_begun():
    layer = StreamConv("down", 1, 1, 4, stride=2, has_bias=False)
    weights = {"down.weight": jnp.ones((1, 1, 4))}
    x = jnp.array([1.0, 2.0, 3.0, 4.0, 5.0])[None, :, None]
    assert layer(weights, x)[0, :, 0].tolist() == [3.0, 10.0, 12.0]


def test_a_short_sequence_is_reflected_with_zeros_behind_it():
    x = jnp.array([1.0, 2.0])[None, :, None]
    assert padded(x, 3, 0, "reflect")[0, :, 0].tolist() == [0.0, 0.0, 2.0, 1.0, 2.0]
