"""Where the registry keeps its files.

The folder of downloads is SPOOFJAX_MODELS, or spoofjax/models in the folder of the user's data. The
user's own entries are in the file SPOOFJAX_REGISTRY, or spoofjax/models.json in the folder of the
user's settings. Both folders are those of the XDG base directory specification.
"""

from __future__ import annotations

import os
from pathlib import Path


def models_folder() -> Path:
    """Return the folder with a subfolder for each entry that was downloaded."""
    chosen = os.environ.get("SPOOFJAX_MODELS")
    return Path(chosen) if chosen else _home("XDG_DATA_HOME", ".local/share") / "models"


def registry_file() -> Path:
    """Return the file of the user's own entries, which may be missing."""
    chosen = os.environ.get("SPOOFJAX_REGISTRY")
    return Path(chosen) if chosen else _home("XDG_CONFIG_HOME", ".config") / "models.json"


def _home(variable: str, usual: str) -> Path:
    base = os.environ.get(variable)
    return (Path(base) if base else Path.home() / usual) / "spoofjax"
