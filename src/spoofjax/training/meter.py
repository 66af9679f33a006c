"""Measurements of a run: losses, utterances drawn, speed, and time spent waiting for data."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from spoofjax.cluster import hosts
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import TrainingError
from spoofjax.loading.batches import Batch


@dataclass(frozen=True)
class Counts:
    """Utterances drawn so far, over all processes and all interruptions of a run."""

    spoof: int = 0
    bonafide: int = 0
    skipped: int = 0

    @property
    def drawn(self) -> int:
        """Utterances of both classes."""
        return self.spoof + self.bonafide

    @classmethod
    def restored(cls, notes: Mapping[str, Any]) -> Counts:
        """Return the counts that a checkpoint has recorded."""
        spoof, bonafide = notes["drawn"]
        return cls(spoof, bonafide, notes["skipped"])


class Meter:
    """Measures losses, utterances drawn, their rate, and how long the device waited for data."""

    def __init__(self, counts: Counts, losses: Iterable[float] = ()):
        """Continue from the counts, and the losses not reported yet, that a checkpoint recorded."""
        self._before = np.array([counts.spoof, counts.bonafide, counts.skipped], np.int64)
        self._own = np.zeros(3, np.int64)
        self._recent: deque[tuple[int, np.ndarray, Any]] = deque()
        self._sent: deque[Any] = deque()
        self._norm: Any = None
        self._losses = list(losses)
        self._restart(counts)

    def _restart(self, counts: Counts) -> None:
        self._reported = counts
        self._started, self._waited, self._paused = time.perf_counter(), 0.0, 0.0

    def counts(self) -> Counts:
        """Return the utterances drawn so far; every process must call this."""
        return Counts(*(self._before + hosts.total(self._own)).tolist())

    def notes(self) -> dict[str, Any]:
        """Return the counts for a checkpoint, as JSON values; every process must call this.

        With the losses of the steps since the last report, so that the first report of a resumed
        run averages the same steps as that of an uninterrupted one. Call `check` before.
        """
        counts = self.counts()
        return {
            "drawn": [counts.spoof, counts.bonafide],
            "skipped": counts.skipped,
            "losses": list(self._losses),
        }

    def next(self, stream: Any) -> tuple[Batch, Any]:
        """Take the next batch, and count the wait for it if the device ran out of work meanwhile.

        The wait ends when the batch is on the device, so that slow transfers count too. The whole
        wait counts then, so the reported share is an upper bound.
        """
        started = time.perf_counter()
        item = next(stream)
        jax.block_until_ready(item[1])
        if not self._sent or self._sent[-1].is_ready():
            self._waited += time.perf_counter() - started
        return item

    def sent(self, step: int, batch: Batch, measured: Any) -> None:
        """Record a step that was sent to the device."""
        self._sent.append(measured.loss)
        self._norm = measured.gradient_norm
        self._recent.append((step, batch.indices, measured))
        self._own[:2] += np.bincount(batch.labels, minlength=2)
        self._own[2] += batch.skipped

    def wait(self, in_flight: int) -> None:
        """Wait until at most `in_flight` of the steps sent are unfinished."""
        while len(self._sent) > max(in_flight, 1):
            self._sent.popleft().block_until_ready()
        if in_flight == 0 and self._sent:
            self._sent[-1].block_until_ready()

    def pause(self) -> Pause:
        """Return a context whose duration does not count as training."""
        return Pause(self)

    def check(self, manifest: Manifest) -> None:
        """Fetch the losses of the steps sent so far. Raises TrainingError if one is not finite.

        Called before every checkpoint, it keeps the state after such a step from being saved.
        """
        while self._recent:
            step, indices, measured = self._recent.popleft()
            if not bool(measured.finite):
                raise _not_finite(step, indices, measured, manifest)
            self._losses.append(float(measured.loss))

    def report(self, manifest: Manifest) -> dict[str, Any]:
        """Return the measurements since the last report. Raises TrainingError as `check` does."""
        self.check(manifest)
        counts = self.counts()
        seconds = time.perf_counter() - self._started - self._paused
        drawn = counts.drawn - self._reported.drawn
        values = {
            "loss": float(np.mean(self._losses)),
            "gradient_norm": float(self._norm),
            "utterances_per_second": round(drawn / seconds, 2),
            "wait_share": round(min(self._waited / seconds, 1.0), 4),
            "drawn_bonafide": counts.bonafide,
            "drawn_spoof": counts.spoof,
            "skipped": counts.skipped,
        }
        self._losses.clear()
        self._restart(counts)
        return values


class Pause:
    """A stretch of time that does not count as training."""

    def __init__(self, meter: Meter):
        self._meter = meter

    def __enter__(self) -> None:
        self._meter.wait(0)  # The steps still in flight count as training.
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._meter._paused += time.perf_counter() - self._began


def _not_finite(step: int, drawn: np.ndarray, measured: Any, manifest: Manifest) -> TrainingError:
    indices = hosts.gathered(drawn.astype(np.int32)).ravel()
    ids = ", ".join(str(manifest.ids[i]) for i in indices)
    return TrainingError(
        f"Step {step} gave a loss of {float(measured.loss)} and a gradient norm of "
        f"{float(measured.gradient_norm)}. The last checkpoint is kept; lower the learning rate, "
        f"or check these files of its batch: {ids}."
    )
