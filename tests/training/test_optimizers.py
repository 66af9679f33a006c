"""Schedules: what is printed is what is done."""

import jax.numpy as jnp
import numpy as np
import pytest

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
