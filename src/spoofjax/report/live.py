"""A page that shows a run while it trains; a browser loads it again every few seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spoofjax.files import write_text

REFRESH = 5
"""Seconds between two writings of the page, and between two loads of the browser."""
MOST_POINTS = 1_000
"""Points that a curve keeps; a longer one loses every second point."""


class Curve:
    """One number of the history by step."""

    def __init__(self, key: str, name: str, form: str):
        self.key, self.name, self._form = key, name, form
        self.points: list[tuple[int, float]] = []

    def add(self, line: Mapping[str, Any]) -> None:
        """Add the point of a line of the history, if the line has one."""
        value = line.get(self.key)
        if value is None:
            return
        self.points.append((line["step"], value))
        if len(self.points) > MOST_POINTS:
            self.points = [*self.points[:-1:2], self.points[-1]]

    def drawn(self, steps: int) -> dict[str, str]:
        """Return the curve for a picture of 1000 x 100, and its last and lowest value in words."""
        values = [value for _, value in self.points]
        low, high = min(values), max(values)
        scale = 96 / (high - low) if high > low else 0.0
        pairs = [f"{1000 * s / steps:.1f},{98 - scale * (v - low):.1f}" for s, v in self.points]
        if len(pairs) == 1:
            pairs *= 2  # a line of no length is drawn as a dot
        text = f"now {self._form.format(values[-1])}, lowest {self._form.format(low)}"
        return {"name": self.name, "points": " ".join(pairs), "text": text}


class LivePage:
    """Writes the page of one run as its history grows."""

    def __init__(
        self, path: Path, name: str, steps: int, history: Sequence[Mapping[str, Any]] = ()
    ):
        """`history` are the lines of a run that is continued."""
        self._path, self._name, self._steps = path, name, steps
        self._curves = (
            Curve("loss", "Training loss", "{:.4f}"),
            Curve("dev.eer", "EER on dev", "{:.2%}"),
            Curve("dev.min_dcf", "minDCF on dev", "{:.4f}"),
        )
        self._last: dict[str, Any] = {}
        self._alarms: dict[str, None] = {}
        self._started, self._first = time.perf_counter(), 0
        self._written = 0.0
        for line in history:
            self._take(line)
            self._first = line["step"]

    def add(self, line: Mapping[str, Any]) -> None:
        """Take a line of the history; write the page if the last one is some seconds old."""
        self._take(line)
        now = time.perf_counter()
        if not self._written or now - self._written >= REFRESH:
            self._written = now
            self._write(is_finished=False)

    def finish(self) -> None:
        """Write the page of a finished run, which does not load itself again."""
        if self._last:
            self._write(is_finished=True)

    def close(self) -> None:
        """Do nothing: the page of a run that was stopped shows when it was written."""

    def _take(self, line: Mapping[str, Any]) -> None:
        for curve in self._curves:
            curve.add(line)
        self._last.update(line)
        self._alarms.update(dict.fromkeys(line.get("alarms", ())))

    def _write(self, *, is_finished: bool) -> None:
        from spoofjax.report.rendering import render

        step = self._last["step"]
        seconds = time.perf_counter() - self._started
        left = seconds / max(step - self._first, 1) * (self._steps - step)
        page = {
            "name": self._name,
            "step": step,
            "steps": self._steps,
            "is_finished": is_finished,
            "refresh": REFRESH,
            "time": time.strftime("%H:%M:%S"),
            "left": f"{left / 60:.0f} minutes" if left >= 90 else f"{left:.0f} seconds",
            "alarms": list(self._alarms),
            "facts": list(_facts(self._last)),
            "curves": [curve.drawn(self._steps) for curve in self._curves if curve.points],
        }
        # A run does not end because a page cannot be written; its history would say the same.
        with contextlib.suppress(OSError):
            write_text(self._path, render("live.html", page))


def _facts(line: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the last lines of the history say besides the curves, as (name, text)."""
    forms = {
        "utterances_per_second": ("utterances per second", "{:,.0f}"),
        "wait_share": ("device waits for data", "{:.0%}"),
        "learning_rate": ("learning rate", "{:.2g}"),
        "skipped": ("skipped as unreadable", "{:,}"),
    }
    return [
        (name, form.format(line[key]))
        for key, (name, form) in forms.items()
        if line.get(key) is not None
    ]
