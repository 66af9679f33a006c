"""Layers in C compared with the layers that define them: the LSTM and the convolutions."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st
from sanitizers import random_cases

from spoofjax.models import CNNLSTM
from spoofjax.models.layers import Conv, LSTMLayer, convolve
from spoofjax.models.layers.blocks import ConvBlock
from spoofjax.models.layers.convolution import convolve_in_c
from spoofjax.models.layers.map_convolution import convolve_map
from spoofjax.models.layers.native import available
from spoofjax.models.layers.native_map import convolve_map_in_c
from spoofjax.models.layers.residual_map import ResidualMap
from spoofjax.models.layers.sinc import maxima_in_c, sinc_filters, sinc_maxima

needs_kernel = pytest.mark.skipif(
    not available("float32"), reason="no layers in C here: processor, devices or build"
)


def output_and_gradients(layer, x, lengths, direction, native):
    """Return y and the gradients of sum(y * direction) by weights and input."""
    graph, weights = nnx.split(layer)

    def total(weights, x):
        module = nnx.merge(graph, weights, copy=True)
        module.set_attributes(native=native)
        y = module(x, lengths)
        return (y * direction).sum(), y

    (_, y), gradients = jax.jit(jax.value_and_grad(total, (0, 1), has_aux=True))(weights, x)
    return y, jax.tree.leaves(gradients)


def agree(batch, frames, inputs, units, bidirectional, seed=0):
    draw = np.random.default_rng(seed)
    layer = LSTMLayer(inputs, units, nnx.Rngs(seed), bidirectional=bidirectional)
    x = jnp.asarray(draw.normal(size=(batch, frames, inputs)), jnp.float32)
    lengths = jnp.asarray(draw.integers(1, frames + 1, batch), jnp.int32)
    width = units * (2 if bidirectional else 1)
    direction = jnp.asarray(draw.normal(size=(batch, frames, width)), jnp.float32)
    expected_output, expected_gradients = output_and_gradients(
        layer, x, lengths, direction, native=False
    )
    actual, gradients = output_and_gradients(layer, x, lengths, direction, native=True)
    np.testing.assert_allclose(actual, expected_output, atol=2e-6)
    for a, b in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5 * max(1.0, float(jnp.abs(b).max())))


@needs_kernel
@settings(max_examples=3, deadline=None)
@given(
    batch=st.integers(1, 15),
    frames=st.integers(1, 6),
    inputs=st.integers(1, 20),
    units=st.sampled_from([16, 48, 64]),
    bidirectional=st.booleans(),
)
def test_outputs_and_gradients_are_those_of_the_scan(batch, frames, inputs, units, bidirectional):
    agree(batch, frames, inputs, units, bidirectional)


@pytest.mark.slow
@needs_kernel
def test_a_batch_shared_among_threads_agrees_too():
    agree(batch=130, frames=9, inputs=60, units=128, bidirectional=True)


def same_values_and_slopes(in_c, by_xla, x, kernel, direction, tolerance):
    """Compare two convolutions, and the gradients of sum(y * direction) by input and kernel."""

    def judged(run):
        def total(x, kernel):
            y = run(x, kernel)
            return (y * direction).sum(), y

        (_, y), slopes = jax.jit(jax.value_and_grad(total, (0, 1), has_aux=True))(x, kernel)
        return y, *slopes

    for actual, expected in zip(judged(in_c), judged(by_xla), strict=True):
        scale = max(1.0, float(jnp.abs(expected).max()))
        np.testing.assert_allclose(actual, expected, atol=tolerance * scale)


def convolutions_agree(batch, frames, inputs, outputs, size, seed=0):
    draw = np.random.default_rng(seed)
    x, direction = (
        jnp.asarray(draw.normal(size=(batch, frames, n)), jnp.float32) for n in (inputs, outputs)
    )
    kernel = jnp.asarray(draw.normal(size=(size, inputs, outputs)), jnp.float32)

    same_values_and_slopes(convolve_in_c, convolve, x, kernel, direction, 2e-6)


@needs_kernel
@settings(max_examples=4, deadline=None)
@given(
    batch=st.integers(1, 5),
    frames=st.integers(1, 20),
    inputs=st.integers(1, 9),
    outputs=st.integers(1, 70),
    size=st.integers(1, 6),
)
def test_convolutions_and_their_gradients_are_those_of_xla(batch, frames, inputs, outputs, size):
    convolutions_agree(batch, frames, inputs, outputs, size)


@needs_kernel
def test_a_convolution_of_many_utterances_and_frames_agrees_too():
    convolutions_agree(batch=9, frames=300, inputs=60, outputs=64, size=3)


def maps_agree(batch, bands, frames, inputs, outputs, tall, top, left, seed=0):
    draw = np.random.default_rng(seed)
    x = jnp.asarray(draw.normal(size=(batch, bands, frames, inputs)), jnp.float32)
    kernel = jnp.asarray(draw.normal(size=(tall, 3, inputs, outputs)), jnp.float32)
    sides = ((top, tall - 1 - top), (left, 2 - left))
    direction = jnp.asarray(draw.normal(size=(batch, bands, frames, outputs)), jnp.float32)
    same_values_and_slopes(
        lambda x, kernel: convolve_map_in_c(x, kernel, sides),
        lambda x, kernel: convolve_map(x, kernel, sides),
        x, kernel, direction, 1e-5,
    )  # fmt: skip


@needs_kernel
@settings(max_examples=4, deadline=None)
@given(
    batch=st.integers(1, 3),
    bands=st.integers(1, 6),
    frames=st.integers(1, 90),
    inputs=st.integers(1, 9),
    outputs=st.integers(1, 70),
    tall=st.integers(1, 4),
    data=st.data(),
)
def test_convolutions_of_maps_and_their_gradients_are_those_of_xla(
    batch, bands, frames, inputs, outputs, tall, data
):
    top, left = data.draw(st.integers(0, tall - 1)), data.draw(st.integers(0, 2))
    maps_agree(batch, bands, frames, inputs, outputs, tall, top, left)


@needs_kernel
def test_a_wide_map_agrees_too():
    maps_agree(batch=2, bands=5, frames=700, inputs=32, outputs=64, tall=2, top=1, left=1)


@needs_kernel
@pytest.mark.parametrize("has_shortcut", [True, False])
def test_a_residual_block_in_two_passes_scores_as_step_by_step(has_shortcut):
    draw = np.random.default_rng(0)
    outputs = 20 if has_shortcut else 6
    block = ResidualMap(6, outputs, nnx.Rngs(0))
    parts = (
        block.norm.scale,
        block.norm.bias,
        block.norm.mean,
        block.first.bias,
        block.second.bias,
    )
    for part in parts:
        part[...] = jnp.asarray(draw.normal(size=outputs), jnp.float32)
    x = jnp.asarray(draw.normal(size=(2, 4, 200, 6)), jnp.float32)
    scores = []
    for native in (True, False):
        block.set_attributes(native=native)
        y, back = jax.jit(lambda x: jax.vjp(lambda x: block(x, train=False), x))(x)
        scores.append((y, back(jnp.ones_like(y))[0]))
    for actual, expected in zip(*scores, strict=True):
        assert actual.shape == expected.shape
        np.testing.assert_allclose(actual, expected, atol=2e-5)


@needs_kernel
@pytest.mark.parametrize("over_filters", [True, False])
def test_maxima_of_filtered_samples_and_their_gradient_are_those_of_xla(over_filters):
    bank = sinc_filters(8, 17)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(2, 400)), jnp.float32)
    runs = []
    for maxima in (maxima_in_c, sinc_maxima):
        y, back = jax.vjp(lambda x, run=maxima: run(x, bank, over_filters=over_filters), x)
        runs.append((y, back(jnp.ones_like(y))[0]))
    for actual, expected in zip(*runs, strict=True):
        np.testing.assert_allclose(actual, expected, atol=1e-5)


def scored(block, x, lengths):
    """Return a block's output in evaluation, and the gradient of its sum by `x`."""
    y, back = jax.vjp(lambda x: block(x, lengths, train=False)[0], x)
    return y, back(jnp.ones_like(y))[0]


def blocks_agree(frames, inputs, outputs, size, pool, convolutions, batch_norm, seed=0):
    draw = np.random.default_rng(seed)
    block = ConvBlock(
        inputs, outputs, (size,), (pool,), nnx.Rngs(seed),
        convolutions=convolutions, batch_norm=batch_norm,
    )  # fmt: skip
    for norm in block.norms:  # as after training, negative factors among them
        for part in (norm.scale, norm.bias, norm.mean):
            part[...] = jnp.asarray(draw.normal(size=outputs), jnp.float32)
    x = jnp.asarray(draw.normal(size=(4, frames, inputs)), jnp.float32)
    for lengths in (None, jnp.asarray([frames, frames // 2, 1, 0])):
        actual, gradients = [], []
        for native in (True, False):
            block.set_attributes(native=native)
            y, gradient = jax.jit(lambda x, lengths=lengths: scored(block, x, lengths))(x)
            actual.append(y)
            gradients.append(gradient)
        np.testing.assert_allclose(*actual, atol=2e-5)
        np.testing.assert_allclose(*gradients, atol=1e-4)


@needs_kernel
@settings(max_examples=4, deadline=None)
@given(
    frames=st.integers(8, 40),
    inputs=st.integers(1, 9),
    outputs=st.integers(1, 70),
    size=st.integers(1, 4),
    pool=st.integers(1, 8),
    convolutions=st.integers(1, 2),
    batch_norm=st.booleans(),
)
@pytest.mark.slow
def test_a_block_in_one_pass_scores_as_step_by_step(
    frames, inputs, outputs, size, pool, convolutions, batch_norm
):
    blocks_agree(frames, inputs, outputs, size, pool, convolutions, batch_norm)


@needs_kernel
def test_a_nan_gets_through_a_block_to_where_it_belongs():
    block = ConvBlock(3, 20, (3,), (4,), nnx.Rngs(0))
    x = jnp.ones((2, 40, 3)).at[1, 19, 2].set(jnp.nan)
    y, _ = block(x, None, train=False)
    assert block.convolutions[0].native
    assert np.isnan(y[1, 4:6]).all()  # frames 18, 19 and 20 see it
    assert np.isfinite(y[0]).all()
    assert np.isfinite(y[1, [0, 1, 2, 3, 6, 7]]).all()


@needs_kernel
def test_the_gradient_by_data_that_nobody_asks_for_is_not_computed():
    layer = LSTMLayer(5, 16, nnx.Rngs(0))
    graph, weights = nnx.split(layer)

    def total(weights, x):
        return nnx.merge(graph, weights, copy=True)(x, None).sum()

    x = jnp.ones((3, 4, 5))
    by_weights = jax.jit(jax.grad(total)).lower(weights, x).as_text()
    by_both = jax.jit(jax.grad(total, (0, 1))).lower(weights, x).as_text()
    assert "tensor<0x4x5xf32>" in by_weights
    assert "tensor<0x4x5xf32>" not in by_both


@pytest.mark.slow
@needs_kernel
def test_the_builds_for_avx2_agree():
    script = (
        "import test_native_layers as t; t.agree(33, 7, 20, 48, True); "
        "t.convolutions_agree(3, 150, 20, 48, 4); "
        "t.maps_agree(2, 3, 150, 20, 48, 2, 1, 1); "
        "t.blocks_agree(50, 7, 41, 3, 2, 2, True); print('agrees')"
    )
    modules = os.pathsep.join(folder for folder in sys.path if folder)
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "SPOOFJAX_SIMD": "avx2", "PYTHONPATH": modules},
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert run.stdout.strip() == "agrees", run.stderr


@needs_kernel
def test_a_nan_stays_in_its_own_utterance_and_shows_in_the_gradient():
    layer = LSTMLayer(5, 16, nnx.Rngs(0))
    x = jnp.ones((7, 4, 5)).at[2, 1, 3].set(jnp.nan)
    y, gradients = output_and_gradients(layer, x, None, jnp.ones((7, 4, 16)), native=True)
    assert np.isnan(y[2, 1:]).all()
    assert np.isfinite(np.delete(y, 2, axis=0)).all()
    assert any(np.isnan(gradient).any() for gradient in gradients)


def test_what_has_no_kernel_is_left_to_xla():
    assert not LSTMLayer(3, 16, nnx.Rngs(0), dtype="bfloat16").native
    assert not LSTMLayer(3, 10, nnx.Rngs(0)).native
    assert not Conv(3, 16, (3,), nnx.Rngs(0), dtype="bfloat16").native
    assert not Conv(3, 16, (3, 5), nnx.Rngs(0)).native
    assert not Conv(1, 16, (3, 3), nnx.Rngs(0)).native


@pytest.mark.slow
@needs_kernel
def test_a_whole_model_can_be_kept_to_xla_and_gives_the_same_scores():
    model = CNNLSTM(channels=(8,), units=(16, 16)).build(6, nnx.Rngs(0))
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 20, 6)), jnp.float32)
    lengths = jnp.array([20, 11, 4])
    assert model.recurrent.layers[0].native
    in_c = model(x, lengths).score
    model.set_attributes(native=False)
    np.testing.assert_allclose(in_c, model(x, lengths).score, atol=1e-5)
    assert "spoofjax_" not in jax.jit(model).lower(x, lengths).as_text()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_eight_seconds_of_random_layers_under_sanitizers(repository, tmp_path):
    harness = "models/fuzz/fuzz_layers.c"
    assert random_cases(repository, "layers", harness, tmp_path, "1", "8") > 25
