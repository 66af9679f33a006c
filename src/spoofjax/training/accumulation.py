"""Gradient accumulation: a batch in parts, one after the other, before one optimiser update.

A part takes whole pairs of neighbouring slots, because balanced sampling alternates the classes:
every second slot would be one class only, and batch norm would see no other. Of every `parts`
consecutive pairs each part takes one, so that a device finds its share of every part among the
rows that it holds, and which utterances meet in a part depends on batch and `parts` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

PAIR = 2
"""Neighbouring slots that stay together: one of each class under balanced sampling."""


def accumulated(graded: Callable, parts: int, axis: str | None = None) -> Callable:
    """Return `graded` run on each part of its batch in sequence, with loss and gradient averaged.

    `graded` maps (params, constants, inputs, keys) to ((loss, constants), gradient); `inputs` and
    `keys` are pytrees of arrays (batch, ...). The constants go from part to part, so batch norm
    normalises a part by its own statistics and moves the running ones once per part. The batch
    must be a multiple of 2 x parts; under pmap `axis` names the axis that joins the shares.
    """
    if parts == 1:
        return graded

    def whole(params: Any, constants: Any, inputs: Any, keys: Any):
        def add(carry, part):
            constants, total = carry
            (value, constants), gradient = graded(params, constants, *part)
            return (constants, jax.tree.map(jnp.add, total, (value, gradient))), None

        zero = jnp.zeros(()), jax.tree.map(jnp.zeros_like, params)
        split = split_in_parts((inputs, keys), parts, axis)
        (constants, total), _ = lax.scan(add, (constants, zero), split)
        value, gradient = jax.tree.map(lambda x: x / parts, total)
        return (value, constants), gradient

    return whole


def split_in_parts(tree: Any, parts: int, axis: str | None = None) -> Any:
    """Return the pytree's arrays (batch, ...) as (parts, batch / parts, ...).

    The batch, under pmap a device's share of it, must be a multiple of 2 x parts.
    """
    groups = jax.tree.leaves(tree)[0].shape[0] // (PAIR * parts)
    turns = _turns(groups, parts, axis)
    order = (turns[:, None] + np.arange(parts)) % parts

    def split(x: jax.Array) -> jax.Array:
        x = x.reshape(groups, parts, PAIR, *x.shape[1:])
        x = jax.vmap(lambda pairs, places: pairs[places])(x, order)
        return jnp.moveaxis(x, 1, 0).reshape(parts, groups * PAIR, *x.shape[3:])

    return jax.tree.map(split, tree)


def _turns(groups: int, parts: int, axis: str | None) -> Any:
    """Return int (groups,): which pair of each group of `parts` pairs part 0 takes.

    Attacks or codecs drawn in rotation come round every few pairs, and the same place in every
    group would be the same few attacks for ever. The sum of the group number's digits in base
    `parts` (Thue and Morse's sequence for two) favours no rhythm (Gelfond, 1968).
    """
    if axis is None:
        return digit_sums(groups, parts)
    every = jnp.asarray(digit_sums(groups * lax.axis_size(axis), parts))
    return lax.dynamic_slice_in_dim(every, lax.axis_index(axis) * groups, groups)


def digit_sums(count: int, base: int) -> np.ndarray:
    """Return int32 (count,): the sum of the digits of 0, 1, ... count - 1 in a base above 1."""
    numbers, sums = np.arange(count, dtype=np.int32), np.zeros(count, np.int32)
    while numbers.any():
        sums += numbers % base
        numbers //= base
    return sums
