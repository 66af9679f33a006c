"""Learning rates of the parts of a network, as factors of the optimiser's rate."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from spoofjax.errors import ConfigError, nearest
from spoofjax.names import is_in_part

if TYPE_CHECKING:
    import optax

Rates = tuple[tuple[str, float], ...]
"""Pairs of a part, the beginning of the names of its arrays, and a factor."""


def check_rates(rates: Rates) -> None:
    """Raise ConfigError for a factor that is not positive, or a part that is named twice."""
    for part, factor in rates:
        if not (math.isfinite(factor) and factor > 0):
            raise ConfigError(
                f"optimizer.rates gives {part!r} the factor {factor}; it must be positive. "
                "To leave a part untrained, name it in transfer.freeze."
            )
    parts = [part for part, _ in rates]
    for part in parts:
        if parts.count(part) > 1:
            raise ConfigError(f"optimizer.rates names {part!r} {parts.count(part)} times.")


def factors_of(names: Iterable[str], rates: Rates) -> dict[str, float]:
    """Return the factor of each array; the longest part that holds it counts, and 1 by default.

    Raises ConfigError for a part that holds none of the arrays.
    """
    names = list(names)
    factors = dict.fromkeys(names, 1.0)
    for part, factor in sorted(rates, key=lambda pair: len(pair[0])):
        members = [name for name in names if is_in_part(name, [part])]
        if not members:
            parts = {"/".join(name.split("/")[:n]) for name in names for n in range(1, 4)}
            raise ConfigError(
                f"optimizer.rates names {part!r}, but no trained array has a name that begins with "
                f"it.{nearest(part, parts)} Trained parts: "
                f"{', '.join(sorted({name.split('/')[0] for name in names}))}."
            )
        factors.update(dict.fromkeys(members, factor))
    return factors


def scaled_parts(rates: Rates) -> list[optax.GradientTransformation]:
    """Return what to append to a chain so that it scales the updates of parts; [] without rates.

    The transformation is of a flat dictionary of arrays. Its `init` raises ConfigError as
    `factors_of` does.
    """
    if not rates:
        return []
    import optax

    def init(params: Any) -> optax.EmptyState:
        factors_of(params, rates)
        return optax.EmptyState()

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        del params
        factors = factors_of(updates, rates)
        return {name: factors[name] * value for name, value in updates.items()}, state

    return [optax.GradientTransformation(init, update)]
