"""The reference block of RAT: with, without and with some references."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.heads import RAT

LAYERS, BATCH, FRAMES, WIDTH = 2, 3, 5, 8
# Half the compilation time; these programs run once or twice.
quick_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


def encoded(seed, lengths=None):
    x = jnp.asarray(np.random.default_rng(seed).normal(size=(LAYERS, BATCH, FRAMES, WIDTH)))
    x = x.astype(jnp.float32)
    return Encoded(x[0], x, x[-1], lengths)


@pytest.fixture(scope="module")
def logits():
    """Maps a batch and its references to logits, in evaluation."""
    module = RAT(heads=2, expansion=2, hidden=(6, 4)).build(LAYERS, WIDTH, nnx.Rngs(0))
    module.block.value.bias[...] = jnp.linspace(-1, 1, WIDTH)
    graph, state = nnx.split(module)
    return quick_jit(lambda x, other: nnx.merge(graph, state)(x, reference=other)[0])


def test_a_reference_changes_the_logits_and_its_padding_does_not(logits):
    own, other = encoded(0), encoded(1, jnp.array([5, 3, 4]))
    is_real = (jnp.arange(FRAMES) < other.lengths[:, None])[..., None]
    louder = other._replace(layers=jnp.where(is_real, other.layers, 99.0))
    np.testing.assert_allclose(logits(own, louder), logits(own, other), atol=1e-5)
    assert np.abs(logits(own, other) - logits(own, None)).max() > 1e-4


def test_an_utterance_without_a_reference_takes_the_zero_reference(logits):
    own, other = encoded(0), encoded(1, jnp.array([5, 0, 5]))
    mixed, without = logits(own, other), logits(own, None)
    np.testing.assert_allclose(mixed[1], without[1], atol=1e-6)
    assert np.abs(mixed[0] - without[0]).max() > 1e-4


@pytest.mark.slow
def test_products_in_bfloat16_stay_close():
    exact = RAT(heads=2, expansion=2, hidden=(6, 4))

    @quick_jit
    def both(own, other):
        heads = (exact, exact.replace(dtype="bfloat16"))
        return [h.build(LAYERS, WIDTH, nnx.Rngs(0))(own, reference=other)[0] for h in heads]

    in_float32, in_bfloat16 = both(encoded(0), encoded(1))
    assert in_bfloat16.dtype == jnp.float32
    np.testing.assert_allclose(in_bfloat16, in_float32, atol=2e-2)
    assert np.any(in_bfloat16 != in_float32)


def test_attention_to_itself_needs_no_reference():
    head = RAT(attention="self", heads=2, expansion=2, hidden=(6, 4))

    @quick_jit
    def both(own, other):
        module = head.build(LAYERS, WIDTH, nnx.Rngs(0))
        return module(own)[0], module(own, reference=other)[0]

    alone, with_reference = both(encoded(0), encoded(1))
    np.testing.assert_allclose(with_reference, alone, rtol=1e-6)
