"""Weights from any file: safetensors, torch's two formats, folders of the transformers library."""

from __future__ import annotations

from pathlib import Path

from spoofjax.errors import TensorError
from spoofjax.files import naming
from spoofjax.tensors.folders import tensors_of_folder
from spoofjax.tensors.safetensors_files import safetensors_file
from spoofjax.tensors.stored import StoredTensor, Tensors
from spoofjax.tensors.torch_files import torch_archive, torch_pickles

ZIP = b"PK"
PICKLE = b"\x80"
"""The first byte of a pickle of protocol 2 or newer."""
POINTER = b"version https://git-lfs"
"""How a file begins that Git has put in place of a large one."""


def read_tensors(path: str | Path) -> Tensors:
    """Return the tensors of a file or folder by name, as numpy arrays that are read on access.

    A .safetensors file, a file of torch.save (.pt, .pth, .bin; both of its formats) and a folder of
    the transformers library are recognised by their content. Names of nested dictionaries are
    joined by dots; what is no tensor is left out. No code of the file is run: one that asks for
    more than tensors, plain values and settings is refused. All sizes are checked against the file
    before an array is allocated. The types float16, bfloat16 and float8 stay what they are.

    Raises TensorError, which names the file and the tensor.
    """
    path = Path(path)
    if path.is_dir():
        return Tensors(tensors_of_folder(path, tensors_of_file))
    return Tensors(tensors_of_file(path))


def tensors_of_file(path: Path) -> dict[str, StoredTensor]:
    """Return where each tensor of one file is. Raises TensorError."""
    if not path.exists():
        raise TensorError(f"{path} is missing. Check the path of the weights.")
    if not path.is_file():
        raise TensorError(f"{path} is not a regular file. Name a file of weights.")
    with naming(path), path.open("rb") as file:
        start = file.read(len(POINTER))
    if start.startswith(ZIP):
        return torch_archive(path)
    if start.startswith(PICKLE) and start[8:9] != b"{":
        return torch_pickles(path)
    if start[8:9] == b"{":
        return safetensors_file(path)
    if start == POINTER:
        raise TensorError(f"{path} is a pointer of Git LFS. Run `git lfs pull` in its folder.")
    raise TensorError(
        f"{path} holds no weights: it is neither a safetensors file nor one of torch.save."
    )
