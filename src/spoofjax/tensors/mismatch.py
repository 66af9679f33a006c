"""Tensors of a file that a network does not expect, in words."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 8
"""Number of names that a message lists of each kind."""


def mismatch(missing: Sequence[str], misshapen: Sequence[str], unknown: Sequence[str]) -> str:
    """Return sentences that list the tensors of each kind; an empty string if there are none."""
    wrong = (("missing", missing), ("of another shape", misshapen), ("unknown", unknown))
    return " ".join(
        f"Tensors {len(items)} {kind}: {_listed(items)}." for kind, items in wrong if items
    )


def _listed(items: Sequence[str]) -> str:
    rest = f" and {len(items) - SHOWN} others" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + rest
