"""Sums over layers, and gradients that are scaled on their way into the encoder."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.heads import MHFA
from spoofjax.models.networks.heads.states import weighted_states


def drawn(*shape):
    return jnp.asarray(np.random.default_rng(0).normal(size=shape), jnp.float32)


def test_a_weighted_sum_takes_the_last_layer_after_the_norm():
    layers, last, embedding = drawn(2, 1, 3, 4), drawn(1, 3, 4) + 1, drawn(1, 3, 4) - 1
    weights = jnp.array([[1.0, 0.0, 0.0], [0.5, 0.25, 2.0]])
    first, second = jax.jit(weighted_states)(weights, Encoded(embedding, layers, last, None))
    np.testing.assert_allclose(first, embedding, rtol=1e-6)
    expected = 0.5 * embedding + 0.25 * layers[0] + 2 * last
    np.testing.assert_allclose(second, expected, rtol=1e-6)


def test_mhfa_sends_a_tenth_of_its_gradient_into_the_encoder():
    encoded = Encoded(drawn(2, 5, 8), drawn(2, 2, 5, 8), drawn(2, 5, 8), None)

    def total(states, scale):
        options = {"heads": 2, "compression": 3, "embedding": 4, "gradient_scale": scale}
        head = MHFA(**options).build(2, 8, nnx.Rngs(0))
        return head(Encoded(*states, None))[0][:, 1].sum()

    gradient = jax.jit(lambda states: [jax.grad(total)(states, scale) for scale in (0.1, 1.0)])
    scaled, plain = gradient(tuple(encoded[:3]))
    for part, reference in zip(scaled, plain, strict=True):
        np.testing.assert_allclose(part, 0.1 * reference, rtol=1e-5, atol=1e-9)
