"""The history of a run: what it measured at each step, one JSON object per line."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from spoofjax.errors import RunError
from spoofjax.files import naming, write_text
from spoofjax.json_files import parsed
from spoofjax.runs.documents import HistoryLine
from spoofjax.shapes import problem


class MetricsFile:
    """Appends JSON lines to the history of a run.

    A resumed run first drops the lines of the steps that it will repeat.
    """

    def __init__(self, path: Path | None, step: int):
        """Keep the lines up to `step`. Without a path nothing is written.

        Only the first process of a run has a path.
        """
        self._file, kept = None, []
        self._path = path
        if path is not None:
            kept = [row for row in read_metrics(path) if row["step"] <= step] if step else []
            write_text(path, "".join(json.dumps(r) + "\n" for r in kept))
            self._file = path.open("a")
        self.earlier_seconds = kept[-1]["seconds"] if kept else 0.0
        self._started = time.perf_counter()

    def write(self, step: int, **values: Any) -> dict[str, Any]:
        """Write one line and return it; `seconds` adds up over interruptions of the run."""
        seconds = self.earlier_seconds + time.perf_counter() - self._started
        line = {"step": step, "seconds": round(seconds, 3), **values}
        if self._file is not None and self._path is not None:
            with naming(self._path):
                self._file.write(json.dumps(line) + "\n")
                self._file.flush()
        return line

    def close(self) -> None:
        """Close the file."""
        if self._file is not None and self._path is not None:
            with naming(self._path):
                self._file.close()


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Read a history. A missing file has no lines.

    The last line is left out where it is incomplete, as a killed process may leave it. Raises
    RunError, which names the line, where another one is damaged.
    """
    rows = []
    lines = path.read_bytes().splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        row, wrong = parsed(line)
        if wrong and number == len(lines):
            break
        wrong = wrong or problem(row, HistoryLine)
        if wrong:
            raise RunError(
                f"{path}, line {number}, is damaged: {wrong}. Correct the line or delete it."
            )
        rows.append(row)
    return rows
