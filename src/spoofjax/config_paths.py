"""Which file a configuration argument means: a path, or the name of a configuration shipped here.

`spoofjax train cnn_lstm` works in any directory, from a checkout as well as after `pip install`.
"""

from __future__ import annotations

from pathlib import Path

from spoofjax.errors import ConfigError, nearest

PACKAGE = Path(__file__).resolve().parent
FOLDERS = (PACKAGE / "configs", PACKAGE.parents[1] / "configs")
"""Where the shipped configurations are: in an installed package, and in a checkout."""


def config_path(argument: str | Path) -> Path:
    """Return the file of a configuration, given by its path or as a shipped one by its name.

    An existing path takes precedence; the name may have the suffix .py. Raises ConfigError where
    neither exists.
    """
    path = Path(argument)
    if path.is_file():
        return path
    shipped = shipped_configs()
    is_name = len(path.parts) == 1 and path.suffix in ("", ".py")
    if is_name and path.stem in shipped:
        return shipped[path.stem]
    if path.is_dir():
        raise ConfigError(f"{path} is a folder where a configuration file is expected.")
    raise ConfigError(f"No configuration file {path}{_place(path)}.{_advice(path, shipped)}")


def shipped_configs() -> dict[str, Path]:
    """Return the configurations that come with spoofjax, by name."""
    folder = next((folder for folder in FOLDERS if folder.is_dir()), None)
    return {path.stem: path for path in sorted(folder.glob("*.py"))} if folder else {}


def _place(path: Path) -> str:
    """Return where a relative path was looked for."""
    return "" if path.is_absolute() else f" in {Path.cwd()}"


def _advice(path: Path, shipped: dict[str, Path]) -> str:
    if path.stem in shipped:
        return f" The one that comes with spoofjax has the name {path.stem}: give that instead."
    siblings = [p.name for p in path.parent.glob("*.py")] if path.parent.is_dir() else []
    suggestion = nearest(path.name, siblings) or nearest(path.stem, shipped)
    return f"{suggestion} Shipped configurations are found by name: {', '.join(shipped)}."
