"""Preemption: SIGTERM from the scheduler ends a run after the step in progress."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from spoofjax.cluster import hosts
from spoofjax.errors import Preempted


class Preemption:
    """Whether the scheduler has sent SIGTERM, agreed on by all processes.

    With one process, a signal handler sets a flag that the loop reads after each step. With
    several, jax's coordination service receives the signal in any of them and picks one step at
    which all of them stop.

    It is entered for the steps of the loop only: before and after them there is nothing to save, so
    the signal ends the process at once (see signals.py).
    """

    def __init__(self) -> None:
        self._is_requested = False
        self._previous_handler: signal.Handlers | None = None

    def __enter__(self) -> Preemption:
        # With several processes jax installs a handler of its own, which ours would replace.
        if not hosts.several() and threading.current_thread() is threading.main_thread():
            self._previous_handler = signal.signal(signal.SIGTERM, self._on_signal)  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        if self._previous_handler is not None:
            signal.signal(signal.SIGTERM, self._previous_handler)
            self._previous_handler = None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._is_requested = True

    def reached(self, step: int) -> bool:
        """Whether to write a checkpoint after this step and stop; call it after every step."""
        if not hosts.several():
            return self._is_requested
        from jax.experimental import multihost_utils

        return multihost_utils.reached_preemption_sync_point(step)

    def end(self) -> None:
        """Stop catching the signal, since training is over and saved.

        Raises Preempted if it has already arrived.
        """
        self.__exit__()
        if self._is_requested:
            raise self.error()

    def error(self, step: int | None = None) -> Preempted:
        """Return the error to end with."""
        where = "after training" if step is None else f"after step {step}"
        return Preempted(
            f"stopped by SIGTERM {where}; the checkpoint is written. "
            "Start the run again with --resume."
        )
