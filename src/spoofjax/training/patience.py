"""Early stopping: whether dev has gone on improving, remembered by every checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from spoofjax.config import Stop


class Patience:
    """Counts the evaluations since the last new best value on dev."""

    def __init__(self, stop: Stop):
        self._stop = stop
        self._best = math.inf
        self._waited = 0

    @property
    def is_exhausted(self) -> bool:
        """Whether training should end."""
        return self._stop.patience is not None and self._waited >= self._stop.patience

    def hear(self, verdict: Mapping[str, Any]) -> None:
        """Take in what an evaluation says of dev; a value that is NaN is no improvement."""
        value = verdict[f"dev.{self._stop.measure}"]
        if value < self._best:
            self._best, self._waited = value, 0
        else:
            self._waited += 1

    @property
    def notes(self) -> dict[str, Any]:
        """What a checkpoint remembers: JSON values."""
        best = None if math.isinf(self._best) else self._best
        return {"patience": {"best": best, "waited": self._waited}}

    def recall(self, notes: Mapping[str, Any]) -> None:
        """Take up where the run left off; a checkpoint of an older version remembers nothing."""
        remembered = notes.get("patience")
        if remembered is not None:
            self._best = math.inf if remembered["best"] is None else remembered["best"]
            self._waited = remembered["waited"]
