"""Schedules: what is printed is what is done."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from spoofjax.training.adamw import global_norm
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


@pytest.mark.parametrize(
    ("clip", "dtype"), [(1.0, "float32"), (None, "float32"), (None, "bfloat16")]
)
def test_adam_is_optax_chain_to_the_bit_and_in_its_state(clip, dtype):
    # Runs saved by optax's own chain can go on with ours.
    part, steps = Adam(schedule="constant", warm_up=1, clip=clip), 40
    chain = optax.chain(
        *([] if clip is None else [optax.clip_by_global_norm(clip)]),
        optax.adamw(lambda count: part.learning_rate, weight_decay=part.weight_decay),
    )
    shapes = {"kernel": (3, 5, 7), "bias": (7,), "one": (1,)}
    ours, theirs = (trajectory(t, shapes, dtype, steps) for t in (part.build(steps), chain))
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    jax.tree.map(np.testing.assert_array_equal, ours, theirs)


def trajectory(transform, shapes, dtype, steps):
    """Return (parameters, state) after each step with gradients of very different sizes."""
    rng = np.random.default_rng(3)
    params = {name: jnp.asarray(rng.normal(size=s), dtype) for name, s in shapes.items()}
    state, found = transform.init(params), []

    @jax.jit
    def move(params, state, gradient):
        updates, state = transform.update(gradient, state, params)
        return optax.apply_updates(params, updates), state

    for step in range(steps):
        size = 10.0 ** (step % 5 - 3)
        gradient = {
            name: jnp.asarray(rng.normal(size=s) * size, dtype) for name, s in shapes.items()
        }
        params, state = move(params, state, gradient)
        found.append((params, state))
    return found


def test_the_global_norm_is_that_of_all_arrays_together():
    tree = {"a": jnp.full((2, 2), 3.0), "b": [jnp.full(4, 4.0)]}
    assert float(global_norm(tree)) == 10.0


def test_sgd_moves_against_the_gradient():
    transform = SGD(learning_rate=0.5).build(10)
    params = {"w": jnp.zeros(())}
    updates, _ = transform.update({"w": jnp.ones(())}, transform.init(params), params)
    assert float(updates["w"]) == -0.5
