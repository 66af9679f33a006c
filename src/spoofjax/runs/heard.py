"""What a run heard: traits and embeddings of a part of train and dev, as one file of arrays."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.audio.traits import TRAITS
from spoofjax.errors import RunError
from spoofjax.files import replacement


class Heard(NamedTuple):
    """Numbers of some utterances of train and dev, by which other audio is compared with them."""

    fingerprint: str
    """That of the weights that computed the embeddings."""
    train_traits: np.ndarray
    """float32 (utterances of train, len(TRAITS)), see audio/traits.py."""
    train_embeddings: np.ndarray
    """float32 (utterances of train, size), in the order of the traits; size 0 for an ensemble."""
    dev_traits: np.ndarray
    dev_embeddings: np.ndarray


def write_heard(path: Path, heard: Heard) -> None:
    """Write the file in one step."""
    with replacement(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **heard._asdict())  # type: ignore[arg-type]


def read_heard(path: Path) -> Heard | None:
    """Read the file; None where there is none. Raises RunError where it is damaged."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            heard = Heard(str(file["fingerprint"]), *(file[name] for name in Heard._fields[1:]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _damaged(path, str(error)) from error
    for name, array in heard._asdict().items():
        if name != "fingerprint" and (array.ndim != 2 or not np.isfinite(array).all()):
            raise _damaged(path, f"{name} is not a table of finite numbers")
    if {heard.train_traits.shape[1], heard.dev_traits.shape[1]} != {len(TRAITS)}:
        return None  # an earlier version measured other traits
    return heard


def _damaged(path: Path, why: str) -> RunError:
    return RunError(f"{path} is damaged: {why}. Delete it; `spoofjax drift` computes it again.")
