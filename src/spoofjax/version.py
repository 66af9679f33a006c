"""The version of spoofjax, in an installation and in a checkout."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
"""Where a checkout states its version."""


def version() -> str:
    """Return the version of the installed package, or that of the checkout it runs from."""
    try:
        return metadata.version("spoofjax")
    except metadata.PackageNotFoundError:
        return _of_checkout()


def _of_checkout() -> str:
    import tomllib

    try:
        project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "unknown"
    return str(project["version"])
