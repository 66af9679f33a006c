"""Gradient accumulation: a batch in parts, one after the other, before one optimiser update.

A part takes whole groups of neighbouring slots, in which the sampler draws both classes (see
config.Sampler.group_size). Balanced sampling, for example, alternates the classes: a part made of
every second slot would hold one class only, and batch norm would see no other. Each part takes one
of every `parts` consecutive groups, so that a device finds its share of every part among the rows
that it holds, and so that the utterances of a part depend only on the batch and the parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from spoofjax.config import Experiment


class Parts(NamedTuple):
    """How a batch is divided."""

    count: int
    """Number of parts; 1 for the whole batch at once."""
    group_size: int
    """Neighbouring slots that stay together."""

    def multiple(self, devices: int) -> int:
        """Return the number of which a batch on `devices` devices must be a multiple."""
        return devices if self.count == 1 else self.group_size * self.count * devices


ONE_PART = Parts(1, 1)


def parts_of(experiment: Experiment) -> Parts:
    """Return how an experiment divides its batches."""
    return Parts(experiment.accumulate, experiment.sampling.group_size)


def accumulated(graded: Callable, parts: Parts, axis: str | None = None) -> Callable:
    """Return `graded` run on each part of its batch in sequence, with loss and gradient averaged.

    `graded` maps (params, constants, inputs, keys) to ((loss, constants), gradient); `inputs` and
    `keys` are pytrees of arrays (batch, ...). The constants go from part to part, so batch norm
    normalises a part by its own statistics and updates the running ones once per part. Under pmap
    the batch is a device's share, and `axis` names the axis that joins the shares. Either must be
    a multiple of group_size * count.
    """
    if parts.count == 1:
        return graded

    def in_parts(params: Any, constants: Any, inputs: Any, keys: Any):
        def add(carry, part):
            constants, total = carry
            (value, constants), gradient = graded(params, constants, *part)
            return (constants, jax.tree.map(jnp.add, total, (value, gradient))), None

        zero = jnp.zeros(()), jax.tree.map(jnp.zeros_like, params)
        split = split_in_parts((inputs, keys), parts, axis)
        (constants, total), _ = lax.scan(add, (constants, zero), split)
        value, gradient = jax.tree.map(lambda x: x / parts.count, total)
        return (value, constants), gradient

    return in_parts


def split_in_parts(tree: Any, parts: Parts, axis: str | None = None) -> Any:
    """Return the pytree's arrays (batch, ...) as (parts, batch / parts, ...).

    The batch, under pmap a device's share of it, must be a multiple of group_size * count.
    """
    count, size = parts
    rounds = jax.tree.leaves(tree)[0].shape[0] // (size * count)
    firsts = _first_places(rounds, count, axis)
    order = (firsts[:, None] + np.arange(count)) % count

    def split(x: jax.Array) -> jax.Array:
        x = x.reshape(rounds, count, size, *x.shape[1:])
        x = jax.vmap(lambda groups, places: groups[places])(x, order)
        return jnp.moveaxis(x, 1, 0).reshape(count, rounds * size, *x.shape[3:])

    return jax.tree.map(split, tree)


def _first_places(rounds: int, count: int, axis: str | None) -> Any:
    """Return int (rounds,): which of each `count` consecutive groups part 0 takes.

    Attacks or codecs drawn in rotation recur every few groups; the same place in every round would
    always give a part the same few attacks. The sum of the round number's digits in base `count`
    (for two, the sequence of Thue and Morse) spreads evenly over any such period (Gelfond, 1968).
    """
    if axis is None:
        return digit_sums(rounds, count)
    everywhere = jnp.asarray(digit_sums(rounds * lax.axis_size(axis), count))
    return lax.dynamic_slice_in_dim(everywhere, lax.axis_index(axis) * rounds, rounds)


def digit_sums(count: int, base: int) -> np.ndarray:
    """Return int32 (count,): the sum of the digits of 0, 1, ... count - 1 in a base above 1."""
    numbers, sums = np.arange(count, dtype=np.int32), np.zeros(count, np.int32)
    while numbers.any():
        sums += numbers % base
        numbers //= base
    return sums
