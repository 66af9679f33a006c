"""What a run does before step 1: how long each part takes, and what it waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import jax

from spoofjax.training.progress import say

FIRST_NOTICE = 5.0
"""Seconds after which a part is worth a line; each further line comes after twice the time."""

Value = TypeVar("Value")


class Start:
    """Measures the parts of a start, and says on standard error which one takes long."""

    def __init__(
        self,
        quiet: bool = False,
        beat: Callable[[str], None] | None = None,
        first_notice: float = FIRST_NOTICE,
    ):
        """`beat` is called with the name of each part as it begins, for the watchdog."""
        self._quiet, self._beat, self._first_notice = quiet, beat, first_notice
        self._began = time.perf_counter()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure the context, and name it with its seconds so far while it runs."""
        if self._beat is not None:
            self._beat(name)
        began, ended = time.perf_counter(), threading.Event()

        def notify() -> None:
            pause = self._first_notice
            while not ended.wait(pause):
                pause = time.perf_counter() - began
                say(f"{name}: {pause:.0f} s so far")

        if not self._quiet:
            threading.Thread(target=notify, name="start", daemon=True).start()
        try:
            yield
        finally:
            ended.set()
            self._seconds[name] = time.perf_counter() - began

    def line(self, step: int, result: Any) -> str:
        """Wait for the result of `step`, the first one; return as text what took the time."""
        jax.block_until_ready(result)
        whole = time.perf_counter() - self._began
        seconds = {**self._seconds, "other": whole - sum(self._seconds.values())}
        parts = ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items())
        return f"step {step} ended after {whole:.1f} s: {parts}"


class Meanwhile(Generic[Value]):
    """Calls a function in a thread of its own; `result` waits for what it returns.

    Used as a context, it leaves no thread behind: at its end `stop` makes the function end early.
    """

    def __init__(self, function: Callable[[], Value], stop: Callable[[], None]):
        """`stop` is called from another thread, and also after the function has ended."""
        self._future: Future[Value] = Future()
        self._stop = stop
        self._thread = threading.Thread(target=self._run, args=(function,), name="meanwhile")
        self._thread.start()

    def _run(self, function: Callable[[], Value]) -> None:
        try:
            self._future.set_result(function())
        except BaseException as error:  # raised where the result is asked for
            self._future.set_exception(error)

    @property
    def is_done(self) -> bool:
        """Whether the function has returned or raised."""
        return self._future.done()

    def result(self) -> Value:
        """Return what the function returned, or raise what it raised."""
        return self._future.result()

    def __enter__(self) -> Meanwhile[Value]:
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that still computes when Python ends can abort the whole process.
        self._stop()
        self._thread.join()
