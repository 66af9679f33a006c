"""Published files of a codec or vocoder, as downloaded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import jax

from spoofjax.errors import ConfigError
from spoofjax.json_files import read_json
from spoofjax.registry.resolving import resolve
from spoofjax.tensors.reading import read_tensors
from spoofjax.vocoders.architecture import Architecture
from spoofjax.vocoders.weights import load

CONFIGURATION = "./config.json"
Kind = TypeVar("Kind", bound=Architecture)


def opened(weights: str | Path, kinds: Iterable[type[Kind]]) -> tuple[Kind, dict[str, jax.Array]]:
    """Return architecture and weights of a folder, or of a file with a config.json next to it.

    `weights` is a path or a name of the registry; the architecture is one of `kinds`. Raises
    RegistryError, TensorError and ConfigError.
    """
    path = resolve(weights)
    folder = path if path.is_dir() else path.parent
    architecture = read_architecture(folder, kinds)
    return architecture, load(architecture, read_tensors(path), path)


def read_architecture(folder: Path, kinds: Iterable[type[Kind]]) -> Kind:
    """Return the architecture that the config.json of a folder describes, one of `kinds`.

    Raises ConfigError where the file is missing or damaged, or describes something else.
    """
    path = folder / CONFIGURATION
    remedy = "Download the whole folder of the weights, config.json included."
    values = read_json(path, kind=ConfigError, remedy=remedy)
    by_type = {name: kind for kind in kinds for name in kind.model_types}
    kind = by_type.get(str(values.get("model_type")))
    if kind is None:
        raise ConfigError(
            f"{path} says model_type {values.get('model_type')!r}; this can be "
            f"{', '.join(by_type)}."
        )
    return kind.from_values(values, str(path))
