"""Early stopping: ends training when the results on dev stop improving."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from spoofjax.config import Stop


class Patience:
    """Counts the evaluations since the last improvement on dev; every checkpoint records it."""

    def __init__(self, stop: Stop):
        self._stop = stop
        self._best = math.inf
        self._waited = 0

    @property
    def is_exhausted(self) -> bool:
        """Whether training should end."""
        return self._stop.patience is not None and self._waited >= self._stop.patience

    def update(self, result: Mapping[str, Any]) -> None:
        """Count one evaluation on dev; NaN is no improvement."""
        value = result[f"dev.{self._stop.measure}"]
        if value < self._best:
            self._best, self._waited = value, 0
        else:
            self._waited += 1

    @property
    def notes(self) -> dict[str, Any]:
        """What a checkpoint records: JSON values."""
        best = None if math.isinf(self._best) else self._best
        return {"patience": {"best": best, "waited": self._waited}}

    def restore(self, notes: Mapping[str, Any]) -> None:
        """Continue from the notes of a checkpoint; those of older versions have no count."""
        recorded = notes.get("patience")
        if recorded is not None:
            self._best = math.inf if recorded["best"] is None else recorded["best"]
            self._waited = recorded["waited"]
