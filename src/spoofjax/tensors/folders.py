"""Folders as the transformers library saves them: one file of weights, or an index of several."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from spoofjax.errors import TensorError
from spoofjax.json_files import read_json
from spoofjax.names import FileName
from spoofjax.tensors.stored import StoredTensor

FILES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
"""What a folder may hold; the first of them that exists is read."""
INDEX = ".index.json"


class Index(TypedDict):
    """The file that says in which of several files each tensor is."""

    weight_map: dict[str, FileName]


def tensors_of_folder(
    folder: Path, read_file: Callable[[Path], dict[str, StoredTensor]]
) -> dict[str, StoredTensor]:
    """Return the tensors of a folder; `read_file` reads one of its files. Raises TensorError."""
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        raise TensorError(
            f"{folder} holds no weights: it has none of {', '.join(FILES)}. Name the file itself."
        )
    return _of_shards(path, read_file) if path.name.endswith(INDEX) else read_file(path)


def _of_shards(
    index: Path, read_file: Callable[[Path], dict[str, StoredTensor]]
) -> dict[str, StoredTensor]:
    files = read_json(index, Index, TensorError, "Download it again.")["weight_map"]
    shards = {}
    for name in sorted(set(files.values())):
        path = index.parent / name
        if not path.is_file():
            raise TensorError(f"{path} is missing, which {index.name} names. Download it as well.")
        shards[name] = read_file(path)
    for tensor, name in files.items():
        if tensor not in shards[name]:
            raise TensorError(
                f"{index.parent / name} lacks tensor {tensor!r}, which {index.name} promises. "
                "Download both again."
            )
    return {tensor: shards[name][tensor] for tensor, name in files.items()}
