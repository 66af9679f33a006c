"""`--profile`: where the time of some training steps goes, as a table and as a trace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax

from spoofjax.files import write_text
from spoofjax.loading.durations import Durations

WARM_UP = 3
"""Steps before the profiled ones: the first batches are still being made while they run."""
LOOP = ("waiting for the batch", "step", "metrics")
LOADER = ("host gather", "features", "transfer")


class Profiler:
    """Times the parts of the loop during some steps; without steps it does nothing.

    The loop then waits for each step, so that a step's time is its own, and the whole is somewhat
    slower than without a profile.
    """

    def __init__(self, folder: Path, steps: int, first: int, loader: Durations):
        """`first` is the step after which the run begins, `loader` the times of its batches."""
        self._folder, self._steps, self._loader = folder, steps, loader
        self._begins = first + WARM_UP + 1
        self._own = Durations()
        self._started: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether the current step is profiled."""
        return self._started is not None

    def timed_put(self, put: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return `put`, which lays a batch on the devices, with its time measured."""
        if not self._steps:
            return put

        def wait_and_put(batch: Any) -> Any:
            with self._loader.of("transfer"):
                return jax.block_until_ready(put(batch))

        return wait_and_put

    def begin(self, step: int) -> None:
        """Start the trace where `step` is the first one to be profiled."""
        if self._steps and step == self._begins:
            self._loader.restart()
            jax.profiler.start_trace(str(self._folder))
            self._started = time.perf_counter()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure the context as one of LOOP; profiled steps are marked in the trace."""
        if not self.is_on:
            yield
            return
        with self._own.of(name), jax.profiler.TraceAnnotation(name):
            yield

    def finish(self, result: Any) -> None:
        """Wait for the result of a step where it is profiled."""
        if self.is_on:
            jax.block_until_ready(result)

    def end(self, step: int) -> str | None:
        """Return the table after the last profiled step, and write it beside the trace."""
        if self._started is None or step < self._begins + self._steps - 1:
            return None
        seconds = time.perf_counter() - self._started
        self._started = None
        jax.profiler.stop_trace()
        text = self._table(seconds / self._steps)
        write_text(self._folder / "steps.txt", text + "\n")
        return text

    def close(self) -> None:
        """End the trace of a run that ended before the last profiled step."""
        if self.is_on:
            self._started = None
            jax.profiler.stop_trace()

    def _table(self, whole: float) -> str:
        loop = {name: self._own.mean(name) for name in LOOP}
        loop["other"] = max(whole - sum(loop.values()), 0.0)
        features = self._loader.mean("features")
        loader = (self._loader.mean("batch") - features, features, self._loader.mean("transfer"))
        lines = [f"profile of {self._steps} steps, ms a step; the trace is in {self._folder}"]
        lines += [_row(name, seconds, whole) for name, seconds in loop.items()]
        lines.append(_row("the loop in all", whole, whole))
        lines.append("meanwhile, in the threads of the loader, ms a batch:")
        lines += [_row(name, s, None) for name, s in zip(LOADER, loader, strict=True)]
        return "\n".join(lines)


def _row(name: str, seconds: float, whole: float | None) -> str:
    share = "" if whole is None else f"{seconds / whole:8.1%}"
    return f"  {name:24}{seconds * 1e3:10.2f}{share}"
