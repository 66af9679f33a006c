"""Schedules: the printed learning rate is the one that the optimiser uses."""

import jax.numpy as jnp
import numpy as np
import pytest

from spoofjax.errors import ConfigError
from spoofjax.training.optimizers import SGD, Adam


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_the_printed_learning_rate_is_the_one_in_use(schedule):
    steps = 30
    part = Adam(
        learning_rate=1e-2, schedule=schedule, warm_up=5, weight_decay=0.0, clip=None, eps=0.0
    )
    transform = part.build(steps)
    params = {"w": jnp.zeros(())}
    state = transform.init(params)
    for step in range(steps):
        # With a constant gradient and eps 0, Adam moves by exactly the learning rate.
        updates, state = transform.update({"w": jnp.ones(())}, state, params)
        assert float(-updates["w"]) == pytest.approx(part.learning_rate_at(step, steps), rel=2e-4)


def test_a_large_gradient_is_clipped_to_the_norm():
    part = Adam(clip=1.0, weight_decay=0.0)
    transform = part.build(10)
    params = {"w": jnp.zeros(3)}
    big, _ = transform.update({"w": jnp.full(3, 1e6)}, transform.init(params), params)
    assert np.all(np.isfinite(big["w"]))


def test_only_a_cosine_depends_on_the_length_of_the_run():
    assert Adam(schedule="cosine").depends_on_length
    assert not Adam(schedule="constant").depends_on_length
    assert not SGD().depends_on_length


def test_sgd_moves_against_the_gradient():
    transform = SGD(learning_rate=0.5).build(10)
    params = {"w": jnp.zeros(())}
    updates, _ = transform.update({"w": jnp.ones(())}, transform.init(params), params)
    assert float(updates["w"]) == -0.5


def test_a_part_learns_at_its_own_rate():
    params = {"encoder/0/w": jnp.ones(2), "encoder/1/w": jnp.ones(2), "head/w": jnp.ones(2)}
    gradient = {name: jnp.full(2, 0.3) for name in params}
    plain, scaled = Adam(), Adam(rates=(("encoder", 0.1), ("encoder/1", 0.5)))
    moves = []
    for part in (plain, scaled):
        transform = part.build(10)
        moves.append(transform.update(gradient, transform.init(params), params)[0])
    for name, factor in (("encoder/0/w", 0.1), ("encoder/1/w", 0.5), ("head/w", 1.0)):
        np.testing.assert_allclose(moves[1][name], factor * moves[0][name], rtol=1e-6)


def test_rates_of_a_part_that_is_not_trained_are_refused():
    transform = SGD(rates=(("encodr", 0.1),)).build(10)
    with pytest.raises(ConfigError, match=r"'encodr'.*Did you mean encoder"):
        transform.init({"encoder/w": jnp.zeros(1)})
    with pytest.raises(ConfigError, match="must be positive"):
        Adam(rates=(("encoder", 0.0),))
