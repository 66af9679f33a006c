"""Each rule gives in onnxruntime what jax computes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export, lax

from spoofjax.deployment.onnx_graph.model import to_onnx
from spoofjax.errors import RunError
from spoofjax.models.layers.recurrent import lstm

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(0)
KERNEL = RANDOM.normal(size=(3, 4, 6)).astype(np.float32)
MATRIX = RANDOM.normal(size=(4, 5)).astype(np.float32)
CUBE = RANDOM.normal(size=(4, 7, 2)).astype(np.float32)
WEIGHTS = [RANDOM.normal(0, 0.3, shape).astype(np.float32) for shape in ((4, 20), (5, 20), (20,))]


def scanned(x, reverse):
    def step(carry, frame):
        carry = jnp.tanh(carry + frame @ jnp.ones((4, 4)) / 4)
        return carry, carry * 2

    end, outputs = lax.scan(step, jnp.zeros((x.shape[0], 4)), x.swapaxes(0, 1), reverse=reverse)
    return outputs.swapaxes(0, 1) + end[:, None]


def masked_lstm(x, reverse):
    mask = (jnp.arange(x.shape[1])[:, None] < jnp.arange(2, x.shape[0] + 2))[..., None]
    return lstm(x.swapaxes(0, 1), *WEIGHTS, mask, reverse)


# Of x, float32 (batch, 7, 4).
FUNCTIONS = {
    "arithmetic": lambda x: -x + x * x / (1 + jnp.abs(x)) - jnp.sqrt(x * x) ** 3,
    "functions": lambda x: jnp.exp(-x) + jnp.log1p(x * x) + jax.nn.sigmoid(x) + lax.rsqrt(x * x),
    "activations": lambda x: jax.nn.selu(x) + jax.nn.relu(x) + jax.nn.gelu(x) + jax.nn.silu(x),
    "softmax": lambda x: jax.nn.softmax(x, axis=1) + jax.nn.log_softmax(x),
    "comparisons": lambda x: jnp.where((x > 0) & (x != 1) | ~(x < 1), jnp.clip(x, -1, 0.5), 3),
    "integers": lambda x: (x * 10).astype(jnp.int32) // 3 % 5,
    "rounding": lambda x: jnp.round(x) + jnp.floor(x) * jnp.sign(x) + jnp.ceil(x),
    "reductions": lambda x: x.sum(1) * x.mean(1) + x.max(1) - x.min(1) + x.argmax(1),
    "truth": lambda x: (x > 0).any(1) ^ (x > -1).all(1),
    "cumulative": lambda x: jnp.cumsum(x, axis=1),
    "matrix": lambda x: x @ MATRIX,
    "batched": lambda x: jnp.einsum("bij,bkj->bik", x, x),
    "several axes": lambda x: (
        jnp.einsum("bij,bij->b", x, x)[:, None] + jnp.einsum("bij,jik->bk", x, CUBE)
    ),
    "convolution": lambda x: lax.conv_general_dilated(
        x, KERNEL, (2,), [(1, 2)], rhs_dilation=(2,), dimension_numbers=("NHC", "HIO", "NHC")
    ),
    "pieces": lambda x: jnp.concatenate([x[:, 1:3], x[:, ::-2], x[:, -1:], jnp.flip(x, 1)], 1),
    "stacked": lambda x: jnp.stack([x, 2 * x], axis=1).reshape(x.shape[0], 14, 4),
    "split": lambda x: jnp.maximum(*jnp.split(x, 2, axis=-1)),
    "padded": lambda x: jnp.pad(x, ((0, 0), (2, 1), (0, 0)), constant_values=5.0),
    "best first": lambda x: jnp.take_along_axis(x, lax.top_k(x[..., 0], 3)[1][..., None], axis=1),
    "strided": lambda x: x[:, :, 1::2],
    "scan": lambda x: scanned(x, False),
    "reverse scan": lambda x: scanned(x, True),
    "LSTM": lambda x: lstm(x.swapaxes(0, 1), *WEIGHTS, None),
    "reverse LSTM": lambda x: masked_lstm(x, True),
    "LSTM with a mask": lambda x: masked_lstm(x, False),
    "batch size": lambda x: x.sum((1, 2)) / x.shape[0] + jnp.arange(x.shape[0]),
}


def translated(function):
    shape = jax.ShapeDtypeStruct(export.symbolic_shape("b, 7, 4"), jnp.float32)
    return to_onnx(function, {"x": shape}, ["y"])


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_function_gives_its_values(function):
    session = onnxruntime.InferenceSession(translated(function).SerializeToString())
    for batch in (1, 3):
        x = np.random.default_rng(batch).normal(size=(batch, 7, 4)).astype(np.float32)
        (y,) = session.run(None, {"x": x})
        expected = np.asarray(function(jnp.asarray(x)))
        assert y.shape == expected.shape
        assert y.dtype == expected.dtype
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_what_follows_from_constants_is_computed_in_advance():
    model = translated(lambda x: x * (jnp.sin(jnp.arange(4.0)) @ MATRIX).sum())
    assert [node.op_type for node in model.graph.node] == ["Mul", "Identity"]


def test_an_lstm_is_one_operator():
    model = translated(FUNCTIONS["LSTM"])
    operators = [node.op_type for node in model.graph.node]
    assert operators.count("LSTM") == 1
    assert "Scan" not in operators


def test_a_primitive_without_a_rule_is_named():
    with pytest.raises(RunError, match=r"uses erf_inv, .* --to stablehlo"):
        translated(lax.erf_inv)
