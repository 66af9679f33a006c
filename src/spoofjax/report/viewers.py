"""What shows the history of a run while it grows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Viewer(Protocol):
    """Shows the lines of a history."""

    def add(self, line: Mapping[str, Any]) -> None:
        """Show one more line."""

    def finish(self) -> None:
        """Show that the run has reached its end."""

    def close(self) -> None:
        """Give back what the viewer holds, whether the run has reached its end or not."""


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
