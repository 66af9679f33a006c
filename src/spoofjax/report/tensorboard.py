"""The history of a run for TensorBoard, by the extra `tensorboard`."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoofjax.errors import ConfigError


def check_installed() -> None:
    """Raise ConfigError where tensorboardX is missing."""
    if importlib.util.find_spec("tensorboardX") is None:
        raise ConfigError(
            "--tensorboard needs tensorboardX: pip install 'spoofjax[tensorboard]'. Without it, "
            "report/live.html shows the run."
        )


class TensorBoard:
    """Writes each line of a history as scalars, in a folder that TensorBoard reads."""

    def __init__(self, folder: Path, first: int):
        """`first` is the step after which the run continues, 0 for a new one."""
        self._folder, self._first = folder, first
        self._writer: Any = None

    def add(self, line: Mapping[str, Any]) -> None:
        """Write the numbers of a line, such as `loss` and `dev.eer`."""
        if self._writer is None:
            from tensorboardX import SummaryWriter  # type: ignore[import-not-found]

            # What an interrupted run wrote of the steps that are repeated is taken back.
            purge = self._first + 1 if self._first else None
            self._writer = SummaryWriter(str(self._folder), purge_step=purge, flush_secs=5)
        for name, value in line.items():
            if name != "step" and isinstance(value, (int, float)) and not isinstance(value, bool):
                self._writer.add_scalar(name.replace(".", "/"), value, line["step"])

    def finish(self) -> None:
        """Do nothing: all lines are written."""

    def close(self) -> None:
        """Write what is buffered, and close the file."""
        if self._writer is not None:
            self._writer.close()
