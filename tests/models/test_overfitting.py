"""A narrow network of each kind learns 32 utterances by heart."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from spoofjax.models import Conformer, SERes2Net, SEResNet

FRAMES, COEFFICIENTS, UTTERANCES = 16, 12, 32


def utterances():
    """Noise with labels that do not depend on it: only memory separates the classes."""
    draw = np.random.default_rng(0)
    features = draw.normal(size=(UTTERANCES, FRAMES, COEFFICIENTS)).astype(np.float32)
    lengths = np.tile([FRAMES, 12], UTTERANCES // 2)
    return features, lengths, draw.permutation(np.arange(UTTERANCES) % 2)


@pytest.mark.parametrize(
    "config",
    [
        SEResNet(channels=(8, 16), blocks=(1, 1), squeeze=4, hidden=16, dropout=0.0),
        pytest.param(
            SERes2Net(channels=(8, 16), blocks=(1, 1), groups=2, squeeze=4, hidden=16, dropout=0.0),
            marks=pytest.mark.slow,
        ),
        Conformer(width=16, blocks=1, heads=2, kernel=3, dropout=0.0),
    ],
    ids=lambda config: type(config).__name__,
)
def test_a_narrow_network_learns_32_utterances_by_heart(config):
    features, lengths, labels = utterances()
    graph, params, rest = nnx.split(config.build(COEFFICIENTS, nnx.Rngs(1)), nnx.Param, ...)
    transform = optax.adam(1e-2)

    @jax.jit
    def learn(params, rest):
        def objective(params, rest):
            module = nnx.merge(graph, params, rest, copy=True)
            score = module(features, lengths, train=True, key=jax.random.key(0)).score
            loss = jnp.logaddexp(0, jnp.where(labels == 1, -score, score)).mean()
            return loss, nnx.split(module, nnx.Param, ...)[2]

        def step(carry, _):
            params, rest, state = carry
            (loss, rest), gradient = jax.value_and_grad(objective, has_aux=True)(params, rest)
            updates, state = transform.update(gradient, state)
            return (optax.apply_updates(params, updates), rest, state), loss

        start = params, rest, transform.init(params)
        (params, rest, _), losses = jax.lax.scan(step, start, length=80)
        score = nnx.merge(graph, params, rest)(features, lengths).score
        return losses, score

    losses, score = learn(params, rest)
    assert losses[0] > 0.5
    assert losses[-1] < 0.05
    assert ((np.asarray(score) > 0) == labels).mean() > 0.95
