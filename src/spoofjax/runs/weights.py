"""The weights of a model as one safetensors file: named arrays without code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from spoofjax.errors import ConfigError, RunError
from spoofjax.files import replacement
from spoofjax.registry.resolving import path_here
from spoofjax.runs.folder import RunFolder
from spoofjax.tensors.reading import read_tensors

Arrays = dict[str, np.ndarray]
GROUPS = ("params", "constants")


def save_weights(folder: Path, params: dict[str, Any], constants: dict[str, Any]) -> None:
    """Write both groups of arrays to the weights file of a folder, in one step."""
    groups = {"params": params, "constants": constants}
    tensors = {
        f"{group}/{name}": np.ascontiguousarray(value)
        for group, arrays in groups.items()
        for name, value in arrays.items()
    }
    with replacement(RunFolder(folder).weights) as temporary:
        save_file(tensors, temporary)


def read_source(path: str | Path) -> Arrays:
    """Return the arrays of a run, an export, a file or a name of the registry, by their names.

    Raises ConfigError where there is no such file or folder, and RunError for damaged weights.
    """
    source = path_here(path)
    if source is None:
        raise ConfigError(f"There are no weights to start from at {Path(path).absolute()}.")
    if source.is_dir():
        params, constants = load_weights(RunFolder(source).require().path)
        return {**params, **constants}
    # The weights files of runs hold their arrays in two groups.
    return {_without_group(name): value for name, value in read_tensors(source).items()}


def _without_group(name: str) -> str:
    group, _, key = name.partition("/")
    return key if group in GROUPS else name


def load_weights(folder: Path) -> tuple[Arrays, Arrays]:
    """Return (params, constants). Raises RunError if the file is missing or damaged."""
    path = RunFolder(folder).weights
    if not path.is_file():
        raise RunError(
            f"{folder} holds no finished detector ({path.name} is missing). Finish the run with "
            "`spoofjax train CONFIG --out ... --resume`, or write it from the best checkpoint so "
            f"far with `spoofjax evaluate {folder}`."
        )
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise RunError(f"{path} is damaged: {error}.") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # numpy has no such type, or the header and the arrays contradict each other.
        raise RunError(f"{path} has an array of a type that is not supported: {error}.") from error
    groups: dict[str, Arrays] = {name: {} for name in GROUPS}
    for name, value in tensors.items():
        group, _, key = name.partition("/")
        if group not in groups:
            raise RunError(f"{path} has an array {name!r}, which no model of spoofjax has.")
        groups[group][key] = value
    return groups["params"], groups["constants"]
