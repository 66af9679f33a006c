"""The maps of convolutions, where an explanation can reach them.

A network passes the outcome of each block of convolutions through `convolved`, which returns it as
it is. While a function that is traced runs within `reaching`, the last of these maps, or another
one, is also handed out, and a value is added to it, by which the score can be differentiated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import jax


class Reach:
    """What has been passed through `convolved`."""

    def __init__(self, number: int | None, added: jax.Array | None):
        self.shapes: list[jax.ShapeDtypeStruct] = []
        """Of all maps so far: (batch, steps, [bins,] channels)."""
        self.maps: jax.Array | None = None
        """Those of the number that was asked for."""
        self._number, self._added = number, added

    def take(self, x: jax.Array) -> jax.Array:
        """Note a map; return it with what is added to it."""
        number = len(self.shapes)
        self.shapes.append(jax.ShapeDtypeStruct(x.shape, x.dtype))
        if number != self._number or self._added is None:
            return x
        self.maps = x
        return x + self._added.astype(x.dtype)


_REACH: ContextVar[Reach | None] = ContextVar("reach", default=None)


@contextmanager
def reaching(number: int | None = None, added: jax.Array | None = None) -> Iterator[Reach]:
    """Note all maps that are made within, and add `added` to those of this number."""
    reach = Reach(number, added)
    token = _REACH.set(reach)
    try:
        yield reach
    finally:
        _REACH.reset(token)


def convolved(x: jax.Array) -> jax.Array:
    """Return the outcome of convolutions, (batch, steps, [bins,] channels), for explanations."""
    reach = _REACH.get()
    return x if reach is None else reach.take(x)
