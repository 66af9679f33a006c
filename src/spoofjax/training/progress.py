"""Progress of a run on standard error: a live line on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from typing import Any

from spoofjax.errors import printable
from spoofjax.output import failure_of_standard_error

ALARM, BEST = "bold red", "green"
"""Styles on a terminal; the words say the same."""


class Progress:
    """Shows steps, loss, utterances per second, the EER on dev and the time left."""

    def __init__(self, first: int, steps: int, quiet: bool = False):
        self._first, self._steps, self._quiet = first, steps, quiet
        self._started = time.perf_counter()
        self._last_line = 0.0
        self._dev_eer = ""
        self._alarmed: set[str] = set()
        self._is_loss_noted = False
        self._live = None
        if sys.stderr.isatty() and not quiet:
            from rich.console import Console
            from rich.status import Status

            self._console = Console(stderr=True)
            self._live = Status("", console=self._console)
            self._live.start()

    def step(self, line: dict[str, Any]) -> None:
        """Show one line of the run's history."""
        now = time.perf_counter()
        step = line["step"]
        rate = (now - self._started) / max(step - self._first, 1)
        text = (
            f"step {step}/{self._steps}  loss {line['loss']:.4f}  "
            f"{line['utterances_per_second']:.0f} utt/s  waits {line['wait_share']:.0%}"
            f"{self._dev_eer}  {_clock(rate * (self._steps - step))} left"
        )
        if self._live is not None:
            self._live.update(text)
        elif not self._quiet and (now - self._last_line > 5 or step == self._steps):
            self._last_line = now
            say(text)

    def evaluation(self, line: dict[str, Any]) -> None:
        """Show the result on dev."""
        self._dev_eer = f"  dev EER {line['dev.eer']:.1%}"
        self.note(
            f"step {line['step']}: dev EER {line['dev.eer']:.2%}, minDCF {line['dev.min_dcf']:.4f}"
            + (", best so far" if line.get("best") else ""),
            BEST if line.get("best") else "",
        )
        self.alarm(*line.get("alarms", ()))

    def alarm(self, *texts: str) -> None:
        """Show alarms, each of them once."""
        for text in texts:
            if text not in self._alarmed:
                self._alarmed.add(text)
                self.note(f"ALARM: {printable(text)}", ALARM)

    def note(self, text: str, style: str = "") -> None:
        """Show a text that stays on the screen, on a terminal in a style of rich."""
        if self._live is not None:
            self._console.print(_printable_lines(text), highlight=False, markup=False, style=style)
        elif not self._quiet:
            say(text)

    def lost(self) -> dict[str, str]:
        """Return a note for the run's history where progress was dropped, once; else nothing."""
        failure = failure_of_standard_error()
        if not failure or self._is_loss_noted:
            return {}
        self._is_loss_noted = True
        return {"note": f"Standard error cannot be written to ({failure}): progress was dropped."}

    def close(self) -> None:
        """Remove the live line."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def say(text: str) -> None:
    """Print lines to standard error without buffering."""
    print(_printable_lines(text), file=sys.stderr, flush=True)


def _printable_lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
