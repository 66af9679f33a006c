"""What a new run takes over from earlier weights."""

from __future__ import annotations

from dataclasses import dataclass

from spoofjax.part import Part


@dataclass(frozen=True)
class Transfer(Part):
    """What a new run takes over from weights that were trained before, and what it leaves alone.

    A part is a name of a layer or an array of the network, such as `encoder` or `trunk/blocks/0`.
    It stands for all arrays whose names begin with it.
    """

    source: str | None = None
    """A finished run, an export, or a file of arrays under the names of this network (safetensors
    or PyTorch); None: all weights start fresh. `spoofjax train --init-from` sets it."""
    fresh: tuple[str, ...] = ()
    """Parts that start fresh although the source has them, such as the head."""
    freeze: tuple[str, ...] = ()
    """Parts that are not trained. They have no gradient and no optimiser state, and their batch
    norm uses and keeps its running statistics."""
