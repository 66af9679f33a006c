"""How long the parts of making batches take, added up over threads."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Durations:
    """Seconds spent in named parts since `restart`; several threads may add to them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.restart()

    def restart(self) -> None:
        """Forget everything that was added."""
        with self._lock:
            self._seconds: defaultdict[str, float] = defaultdict(float)
            self._times: defaultdict[str, int] = defaultdict(int)

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Add the time that the context takes to a part."""
        started = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - started
            with self._lock:
                self._seconds[part] += seconds
                self._times[part] += 1

    def mean(self, part: str) -> float:
        """Return the mean seconds of a part; 0 where there was none."""
        with self._lock:
            return self._seconds[part] / max(self._times[part], 1)
