"""What shows the history of a run while it grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from spoofjax.errors import TrainingError

Callback = Callable[[dict[str, Any]], None]
"""A function of the user that is called with every line of a history."""


class Viewer(Protocol):
    """Shows the lines of a history."""

    def add(self, line: Mapping[str, Any]) -> None:
        """Show one more line."""

    def finish(self) -> None:
        """Show that the run has reached its end."""

    def close(self) -> None:
        """Give back what the viewer holds, whether the run has reached its end or not."""


class Callbacks:
    """A viewer that calls functions of the user with every line."""

    def __init__(self, functions: Sequence[Callback]):
        self._functions = functions

    def add(self, line: Mapping[str, Any]) -> None:
        """Call every function. Raises TrainingError, which names the function that failed."""
        for function in self._functions:
            try:
                function(dict(line))
            except Exception as error:
                name = getattr(function, "__name__", type(function).__name__)
                raise TrainingError(
                    f"The callback {name} failed at step {line['step']}: {type(error).__name__}: "
                    f"{error}. The last checkpoint is kept; --resume continues from there."
                ) from error

    def finish(self) -> None:
        """Do nothing: the last line has been shown."""

    def close(self) -> None:
        """Do nothing: functions hold nothing."""


class Viewers:
    """Several viewers as one."""

    def __init__(self, *viewers: Viewer):
        self._viewers = viewers

    def add(self, line: Mapping[str, Any]) -> None:
        """Show one more line."""
        for viewer in self._viewers:
            viewer.add(line)

    def finish(self) -> None:
        """Show that the run has reached its end."""
        for viewer in self._viewers:
            viewer.finish()

    def close(self) -> None:
        """Give back what the viewers hold."""
        for viewer in self._viewers:
            viewer.close()
