"""Progress on a terminal."""

import io
import sys

from spoofjax.training.progress import Progress


class Terminal(io.StringIO):
    """Standard error as it is on a terminal."""

    def isatty(self) -> bool:
        return True


def test_alarms_are_red_and_the_best_result_is_green(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("NO_COLOR", raising=False)
    progress = Progress(0, 100)
    result = {"step": 10, "dev.eer": 0.5, "dev.min_dcf": 1.0}
    progress.evaluation({**result, "best": False, "alarms": ["collapse"]})
    progress.evaluation({**result, "step": 20, "best": True})
    progress.close()
    lines = terminal.getvalue().splitlines()
    assert any("\x1b[1;31mALARM: collapse" in line for line in lines)
    assert any("\x1b[32mstep 20:" in line for line in lines)
    assert not any("\x1b[32mstep 10:" in line for line in lines)
