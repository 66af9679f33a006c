"""The folder of a run for which none is named."""

from __future__ import annotations

import time
from pathlib import Path


def default_run_folder(name: str) -> Path:
    """Return runs/<name>-<date>-<time>, below the working directory."""
    return Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
