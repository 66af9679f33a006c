"""Files of the safetensors format: the length of a header, the header in JSON, the elements.

The format: https://huggingface.co/docs/safetensors/index#format
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from spoofjax.errors import TensorError
from spoofjax.files import naming
from spoofjax.json_files import LARGEST, parsed
from spoofjax.shapes import Count, problem
from spoofjax.tensors.stored import StoredTensor
from spoofjax.tensors.types import SAFETENSORS

PREFIX = 8
"""Bytes that hold the length of the header."""


def _type_problem(name: str) -> str:
    return "" if name in SAFETENSORS else f"must be one of {', '.join(SAFETENSORS)}, not {name!r}"


FIELDS = {
    "dtype": Annotated[str, _type_problem],
    "shape": list[Count],
    "data_offsets": tuple[Count, Count],
}
"""What the header says about each tensor."""


def safetensors_file(path: Path) -> dict[str, StoredTensor]:
    """Return the tensors of a safetensors file, checked against its size. Raises TensorError."""
    size = path.stat().st_size
    with naming(path), path.open("rb") as file:
        length = int.from_bytes(file.read(PREFIX), "little")
        if length > min(size - PREFIX, LARGEST):
            raise _damage(path, f"its header would have {length} bytes")
        header, wrong = parsed(file.read(length))
    if not wrong and not isinstance(header, dict):
        wrong = "its header is not an object"
    if wrong:
        raise _damage(path, wrong)
    header.pop("__metadata__", None)
    return {
        name: _stored(path, name, fields, PREFIX + length, size) for name, fields in header.items()
    }


def _stored(path: Path, name: str, fields: Any, start: int, size: int) -> StoredTensor:
    wrong = "" if isinstance(fields, dict) else f"{name!r} must be an object"
    for key, shape in FIELDS.items():
        wrong = wrong or problem(fields.get(key), shape, f"{key} of {name!r}")
    if wrong:
        raise _damage(path, wrong)
    begin, end = fields["data_offsets"]
    tensor = StoredTensor(
        path, name, start + begin, SAFETENSORS[fields["dtype"]], tuple(fields["shape"])
    )
    tensor.check(start + end, size)
    if tensor.nbytes != end - begin:
        raise tensor.damage(f"has {end - begin} bytes where its shape needs {tensor.nbytes}")
    return tensor


def _damage(path: Path, problem: str) -> TensorError:
    return TensorError(f"{path} is damaged: {problem}. Download or copy it again.")
