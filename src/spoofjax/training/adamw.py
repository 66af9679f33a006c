"""Clipping by the global norm and AdamW as one transformation.

Arithmetic, its order and the layout of the state are those of optax.chain(clip_by_global_norm,
adamw). What is saved is time before step 1: optax works through jax.numpy, which traces most
products as a function of its own, and that took a third of a small model's tracing and lowering.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import jax
import numpy as np
import optax
from jax import lax


def global_norm(tree: Any) -> jax.Array:
    """Return the Euclidean norm of all arrays of a pytree together, float32 ()."""
    return lax.sqrt(reduce(lax.add, map(_sum_of_squares, jax.tree.leaves(tree))))


def _sum_of_squares(x: jax.Array) -> jax.Array:
    square = lax.square(lax.convert_element_type(x, np.float32))
    return lax.reduce(square, np.float32(0), lax.add, tuple(range(x.ndim)))


def _spread(scalar: jax.Array, like: jax.Array) -> jax.Array:
    return lax.broadcast(lax.convert_element_type(scalar, like.dtype), like.shape)


def clipping(gradient: Any, largest: float) -> Callable[[jax.Array], jax.Array]:
    """Return what scales each array of a gradient, so that its global norm is `largest` at most."""
    norm = global_norm(gradient)
    small = lax.lt(norm, np.float32(largest))

    def shrink(g: jax.Array) -> jax.Array:
        unit = lax.div(g, _spread(norm, g))
        return lax.select(small, g, lax.mul(unit, np.asarray(largest, g.dtype)))

    return shrink


def adamw(
    rate: Callable[[jax.Array], jax.Array],
    *,
    b1: float,
    b2: float,
    eps: float,
    weight_decay: float,
    clip: float | None,
) -> optax.GradientTransformation:
    """Return Adam with decoupled weight decay (Loshchilov and Hutter, 2019), after clipping.

    `rate` gives the learning rate, float32 (), of a 0-based step, traced int32 (). `clip` is the
    largest global norm of the gradient, or None. Moments have their parameter's type.
    """

    def init(params: Any) -> Any:
        # numpy's zeros are constants; each of jax.numpy's would be traced.
        mu, nu = (jax.tree.map(lambda p: np.zeros(p.shape, p.dtype), params) for _ in range(2))
        count = np.zeros((), np.int32)
        return state_of(optax.ScaleByAdamState(count, mu, nu), optax.ScaleByScheduleState(count))

    def state_of(adam: optax.ScaleByAdamState, schedule: optax.ScaleByScheduleState) -> tuple:
        chain = (adam, optax.EmptyState(), schedule)
        return (chain,) if clip is None else (optax.EmptyState(), chain)

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        adam, _, schedule = state[-1]
        count = optax.safe_increment(adam.count)
        one = np.float32(1)
        corrections = [lax.sub(one, lax.pow(np.float32(b), count)) for b in (b1, b2)]
        step = -rate(schedule.count)
        shrink = None if clip is None else clipping(updates, clip)

        def leaf(g: jax.Array, mu: jax.Array, nu: jax.Array, p: jax.Array) -> tuple:
            def of(value: float) -> np.ndarray:
                return np.asarray(value, g.dtype)

            g = g if shrink is None else shrink(g)
            mu = lax.add(lax.mul(of(1 - b1), g), lax.mul(of(b1), mu))
            nu = lax.add(lax.mul(of(1 - b2), lax.square(g)), lax.mul(of(b2), nu))
            first, second = (
                lax.div(moment, _spread(correction, g))
                for moment, correction in zip((mu, nu), corrections, strict=True)
            )
            moved = lax.div(first, lax.add(lax.sqrt(second), of(eps)))
            moved = lax.add(moved, lax.mul(of(weight_decay), p))
            return lax.mul(_spread(step, g), moved), mu, nu

        done = jax.tree.map(leaf, updates, adam.mu, adam.nu, params)
        moved, mu, nu = jax.tree.transpose(
            jax.tree.structure(updates), jax.tree.structure((0, 0, 0)), done
        )
        schedule = optax.ScaleByScheduleState(optax.safe_increment(schedule.count))
        return moved, state_of(optax.ScaleByAdamState(count, mu, nu), schedule)

    return optax.GradientTransformation(init, update)
