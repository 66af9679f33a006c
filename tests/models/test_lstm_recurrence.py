"""The LSTM compared with plain automatic differentiation and with the formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax import lax
from jax.experimental import rnn

from spoofjax.models.layers import LSTMLayer, lstm

FRAMES, BATCH, INPUTS, UNITS = 7, 3, 5, 4


def weights(seed=0):
    draw = np.random.default_rng(seed).normal
    return [
        jnp.asarray(draw(size=shape) * 0.5, jnp.float32)
        for shape in ((INPUTS, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,))
    ]


def frames(seed=1, count=FRAMES):
    drawn = np.random.default_rng(seed).normal(size=(count, BATCH, INPUTS))
    return jnp.asarray(drawn, jnp.float32)


def plain(x, kernel, recurrent, bias, mask, reverse=False):
    """The recurrence as textbooks define it, which jax differentiates."""

    def step(carry, inputs):
        h, c = carry
        frame, real = inputs
        i, f, g, o = jnp.split(frame @ kernel + h @ recurrent + bias, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        h, c = h * real, c * real
        return (h, c), h

    zero = jnp.zeros((x.shape[1], recurrent.shape[0]))
    return lax.scan(step, (zero, zero), (x, mask.astype(x.dtype)), reverse=reverse)[1]


def mask_of(lengths, count=FRAMES):
    return (jnp.arange(count)[:, None] < jnp.asarray(lengths))[..., None]


@pytest.mark.parametrize(("reverse", "hoist"), [(False, False), (True, False), (True, True)])
def test_output_and_gradients_are_those_of_plain_differentiation(reverse, hoist):
    x, mask = frames(), mask_of([7, 4, 1])
    direction = jnp.asarray(np.random.default_rng(2).normal(size=(FRAMES, BATCH, UNITS)))

    def ours(x, *w):
        return (lstm(x, *w, mask, reverse, hoist) * direction).sum()

    def reference(x, *w):
        return (plain(x, *w, mask, reverse) * direction).sum()

    def differentiated(function):
        return jax.jit(jax.value_and_grad(function, (0, 1, 2, 3)))(x, *weights())

    loss, gradients = differentiated(ours)
    expected_loss, expected_gradients = differentiated(reference)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-5)
    for a, b in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


@pytest.mark.slow
def test_without_a_mask_all_frames_are_real():
    x, w = frames(), weights()
    full = mask_of([FRAMES] * BATCH)
    gradient = jax.grad(lambda w, m: (lstm(x, *w, m) ** 2).sum())
    for a, b in zip(gradient(w, None), gradient(w, full), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_numerical_gradient_of_one_weight_agrees():
    x, (kernel, recurrent, bias) = frames(), weights()

    def total(value):
        return lstm(x, kernel.at[2, 3].set(value), recurrent, bias, None).sum()

    step = 1e-2
    slope = (total(kernel[2, 3] + step) - total(kernel[2, 3] - step)) / (2 * step)
    np.testing.assert_allclose(jax.grad(total)(kernel[2, 3]), slope, rtol=1e-2)


def test_both_directions_start_at_each_utterances_own_ends():
    layer = LSTMLayer(INPUTS, UNITS, nnx.Rngs(0), bidirectional=True)
    x = jnp.swapaxes(frames(), 0, 1)
    run = jax.jit(layer)
    padded = run(x, jnp.array([7, 4, 2]))
    assert padded.shape == (BATCH, FRAMES, 2 * UNITS)
    for row, length in enumerate((7, 4, 2)):
        alone = run(x[row : row + 1, :length], None)
        np.testing.assert_allclose(padded[row, :length], alone[0], atol=1e-6)
        assert not np.any(padded[row, length:])


def test_backward_direction_reads_the_mirrored_utterance():
    layer = LSTMLayer(INPUTS, UNITS, nnx.Rngs(0), bidirectional=True)
    forward, backward = layer.directions
    for name in ("kernel", "recurrent", "bias"):
        getattr(backward, name)[...] = getattr(forward, name)[...]
    x = jnp.swapaxes(frames(), 0, 1)
    y, mirrored = layer(x, None), layer(x[:, ::-1], None)
    np.testing.assert_allclose(y[..., :UNITS], mirrored[:, ::-1, UNITS:], atol=1e-6)


def test_forget_gate_starts_open_and_recurrent_blocks_start_orthogonal():
    (direction,) = LSTMLayer(INPUTS, UNITS, nnx.Rngs(0)).directions
    np.testing.assert_array_equal(direction.bias[...], np.repeat([0, 1, 0, 0], UNITS))
    for block in np.split(np.asarray(direction.recurrent[...]), 4, axis=1):
        np.testing.assert_allclose(block @ block.T, np.eye(UNITS), atol=1e-6)


@pytest.mark.parametrize("lengths", [[7, 7, 7], [7, 4, 1]])
def test_the_recurrence_is_that_of_an_independent_reference(lengths):
    flat = rnn.init_lstm_weight(jax.random.key(0), INPUTS, UNITS, 1, False)
    parts = rnn.unpack_lstm_weights(flat, INPUTS, UNITS, 1, False)
    kernel, recurrent, bias, second_bias = (part[0] for part in parts)
    zero, x = jnp.zeros((1, BATCH, UNITS)), frames()
    sizes = {"input_size": INPUTS, "hidden_size": UNITS, "num_layers": 1, "dropout": 0.0}
    expected, *_ = rnn.lstm_ref(
        jnp.swapaxes(x, 0, 1), zero, zero, *parts, jnp.array(lengths), **sizes, bidirectional=False
    )
    mask = mask_of(lengths)
    actual = lstm(x, kernel.T, recurrent.T, bias + second_bias, mask)
    np.testing.assert_allclose(actual, jnp.swapaxes(expected, 0, 1) * mask, atol=1e-6)


def test_in_bfloat16_small_steps_still_add_up_over_a_long_utterance():
    x = jnp.zeros((400, BATCH, INPUTS))
    kernel, recurrent, _ = (0 * part for part in weights())
    # Steps of 0.005 onto a cell that is hardly forgotten: beyond 1 they are lost on eight bits.
    bias = jnp.repeat(jnp.array([0.0, 9.0, 0.01, 0.0]), UNITS)
    exact = lstm(x, kernel, recurrent, bias, None)
    rounded = lstm(*(part.astype(jnp.bfloat16) for part in (x, kernel, recurrent, bias)), None)
    assert rounded.dtype == jnp.bfloat16
    np.testing.assert_allclose(rounded.astype(jnp.float32), exact, atol=0.01)
