"""Sinc filters, wide convolutions and the GRU, each against its definition."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.special import expit

from spoofjax.errors import ConfigError
from spoofjax.models.layers.gru import GRULayer
from spoofjax.models.layers.map_convolution import convolve_map, kernel_gradient
from spoofjax.models.layers.residual_map import MapConv, ResidualMap
from spoofjax.models.layers.sinc import SincBank, sinc_filters, sinc_maxima


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_a_sinc_filter_passes_its_band_and_stops_the_others():
    filters = sinc_filters(20, 1025)
    time = np.arange(1025) / 16_000
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 21) / 2595) - 1)
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        tone = np.exp(2j * np.pi * (low + high) / 2 * time)
        gains = np.abs(filters @ tone)
        assert gains[k] == pytest.approx(1, abs=0.05)
        assert gains.argmax() == k


@pytest.mark.parametrize(("filters", "taps", "over_filters"), [(7, 9, True), (4, 31, False)])
def test_maxima_of_filtered_samples_are_those_of_a_convolution(filters, taps, over_filters):
    bank, x = sinc_filters(filters, taps), normal(2, 400)
    y = np.stack([[np.abs(np.correlate(clip, row, "valid")) for row in bank] for clip in x])
    y = y[:, :, : y.shape[2] // 3 * 3].reshape(2, filters, -1, 3).max(3)
    if over_filters:
        y = y[:, : filters // 3 * 3].reshape(2, filters // 3, 3, -1).max(2)
    result = sinc_maxima(jnp.asarray(x), bank, over_filters=over_filters)
    np.testing.assert_allclose(result, y.swapaxes(1, 2), atol=1e-5)


def test_silenced_filters_are_neighbours_and_differ_between_utterances():
    bank = SincBank(12, 9, over_filters=False, silenced=6)
    bank.norm.affine = lambda x, mask, train: (jnp.ones(12), jnp.zeros(12))
    x = jnp.asarray(normal(16, 200, 1))
    run = jax.jit(lambda x, key: bank(x, blocks=1, train=True, key=key))
    y = np.asarray(run(x, jax.random.key(0)))
    silent = (y == 0).all(1)
    counts = silent.sum(1)
    assert counts.max() <= 5
    assert len(set(counts.tolist())) > 2
    # The first and the last silent filter of each utterance have only silent ones between them.
    changes = np.abs(np.diff(np.pad(silent.astype(int), ((0, 0), (1, 1))), axis=1)).sum(1)
    assert set(changes.tolist()) <= {0, 2}


def test_a_clip_too_short_for_the_pools_is_refused():
    bank = SincBank(6, 129, over_filters=True)
    with pytest.raises(ConfigError, match="2315 frames into one, but its input has only 2000"):
        bank(jnp.zeros((1, 2000, 1)), blocks=6, train=False, key=None)


@pytest.mark.parametrize(
    ("size", "sides", "inputs"),
    [((2, 3), ((1, 1), (1, 1)), 3), ((2, 3), ((0, 0), (1, 1)), 2), ((1, 3), ((0, 0), (1, 1)), 1)],
)
def test_the_derivative_of_a_wide_convolution_is_that_of_jax(size, sides, inputs):
    layer = MapConv(inputs, 4, size, sides, nnx.Rngs(0))
    layer.set_attributes(native=False)
    graph, state = nnx.split(layer)
    x = jnp.asarray(normal(2, 5, 150, inputs))
    weights = jnp.asarray(normal(*layer(x).shape, seed=1))

    def ours(state, x):
        return (nnx.merge(graph, state)(x) * weights).sum()

    def plain(state, x):
        y = convolve_map(x, state["kernel"].get_value(), sides) + state["bias"].get_value()
        return (y * weights).sum()

    both = [jax.jit(jax.grad(f, argnums=(0, 1)))(state, x) for f in (ours, plain)]
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4), *both)


def test_the_derivative_by_the_kernel_sums_in_float32():
    x = jnp.asarray(normal(1, 3, 100, 2)).astype(jnp.bfloat16)
    gradient = jnp.asarray(normal(1, 2, 100, 3)).astype(jnp.bfloat16)
    taps = kernel_gradient(x, gradient, (2, 3), ((0, 0), (1, 1)))
    assert taps.dtype == jnp.float32
    assert taps.shape == (2, 3, 2, 3)


def test_a_residual_block_keeps_its_bands_and_pools_its_frames():
    block = ResidualMap(1, 4, nnx.Rngs(0), has_shortcut=False)
    assert block(jnp.ones((2, 5, 20, 1)), train=False).shape == (2, 5, 6, 4)
    assert block.shortcut is None


def test_gru_follows_the_equations_of_torch():
    layer = GRULayer(3, 5, nnx.Rngs(0))
    layer.bias[...], layer.recurrent_bias[...] = normal(15, seed=1), normal(15, seed=2)
    x = normal(2, 6, 3)
    kernel, recurrent = np.asarray(layer.kernel[...]), np.asarray(layer.recurrent[...])
    h, outputs = np.zeros((2, 5), np.float32), []
    for frame in x.swapaxes(0, 1):
        a, b, c = np.split(frame @ kernel + normal(15, seed=1), 3, axis=1)
        d, e, f = np.split(h @ recurrent + normal(15, seed=2), 3, axis=1)
        reset, update = expit(a + d), expit(b + e)
        h = (1 - update) * np.tanh(c + reset * f) + update * h
        outputs.append(h)
    np.testing.assert_allclose(layer(jnp.asarray(x)), np.stack(outputs, axis=1), atol=1e-5)
