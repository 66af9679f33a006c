"""What the service counts, in the text format of Prometheus."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from pathlib import Path

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper ends of the buckets of answer times."""


class Counters:
    """Counts since the start of the service."""

    def __init__(self) -> None:
        self.in_progress = 0
        """Requests that have no answer yet."""
        self.streams = 0
        """Live connections."""
        self._requests: Counter[tuple[str, int]] = Counter()
        self._verdicts: Counter[str] = Counter()
        self._buckets = [0] * (len(SECONDS) + 1)
        self._seconds = self._audio_seconds = 0.0
        self._batches = self._windows = 0

    def add_request(self, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered; `path` is one of the service's own."""
        self._requests[path, status] += 1
        self._buckets[bisect_left(SECONDS, seconds)] += 1
        self._seconds += seconds

    def add_batch(self, windows: int) -> None:
        """Count a forward pass and its windows."""
        self._batches += 1
        self._windows += windows

    def add_verdict(self, verdict: str, seconds: float) -> None:
        """Count a verdict on so many seconds of audio."""
        self._verdicts[verdict] += 1
        self._audio_seconds += seconds

    def text(self) -> str:
        """Return all counts in the text format of Prometheus, version 0.0.4."""
        lines = [*self._metric("requests_total", "counter", "Requests answered.")]
        lines += [
            f'spoofjax_requests_total{{path="{path}",status="{status}"}} {count}'
            for (path, status), count in sorted(self._requests.items())
        ]
        lines += self._metric("verdicts_total", "counter", "Verdicts on files.")
        lines += [
            f'spoofjax_verdicts_total{{verdict="{verdict}"}} {count}'
            for verdict, count in sorted(self._verdicts.items())
        ]
        lines += self._histogram()
        values = (
            ("audio_seconds_total", "counter", "Seconds of audio judged.", self._audio_seconds),
            ("batches_total", "counter", "Forward passes.", self._batches),
            ("windows_total", "counter", "Windows in these forward passes.", self._windows),
            ("requests_in_progress", "gauge", "Requests without an answer.", self.in_progress),
            ("streams", "gauge", "Live connections.", self.streams),
            ("resident_bytes", "gauge", "Memory of the process.", resident_bytes()),
        )
        for name, kind, help, value in values:
            lines += [*self._metric(name, kind, help), f"spoofjax_{name} {value:.12g}"]
        return "\n".join(lines) + "\n"

    def _histogram(self) -> list[str]:
        name, total = "answer_seconds", 0
        lines = list(self._metric(name, "histogram", "Time from a request to its answer."))
        for bound, count in zip((*SECONDS, float("inf")), self._buckets, strict=True):
            total += count
            edge = "+Inf" if bound == float("inf") else f"{bound:g}"
            lines.append(f'spoofjax_{name}_bucket{{le="{edge}"}} {total}')
        return [
            *lines,
            f"spoofjax_{name}_sum {self._seconds:.12g}",
            f"spoofjax_{name}_count {total}",
        ]

    @staticmethod
    def _metric(name: str, kind: str, help: str) -> tuple[str, str]:
        return f"# HELP spoofjax_{name} {help}", f"# TYPE spoofjax_{name} {kind}"


def resident_bytes() -> int:
    """Return the bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
