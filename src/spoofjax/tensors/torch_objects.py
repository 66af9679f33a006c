"""What the pickle of a torch file may build: tensors, their storages, and placeholders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spoofjax.tensors.pickled import Inert, Name, PickleProblem, Record
from spoofjax.tensors.types import TORCH_DTYPES, TORCH_STORAGES

REBUILD = {
    Name("torch._utils", name)
    for name in ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3")
}
PARAMETERS = {
    Name("torch._utils", name) for name in ("_rebuild_parameter", "_rebuild_parameter_with_state")
}
TYPED = Name("torch._tensor", "_rebuild_from_type_v2")
RECORDS = {Name("collections", name) for name in ("OrderedDict", "defaultdict", "Counter")}
SIZE = Name("torch", "Size")
STORAGE_MODULES = ("torch", "torch.cuda", "torch.storage")

SETTINGS = (
    "addict", "argparse", "datetime", "easydict", "enum", "fairseq", "lightning",
    "lightning_fabric", "ml_collections", "munch", "omegaconf", "pathlib", "pytorch_lightning",
    "typing", "yacs",
)  # fmt: skip
"""Packages whose objects stand beside the weights in checkpoints. They become placeholders."""
PLAIN = {
    *(Name(module, name) for module in ("builtins", "__builtin__") for name in (
        "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list",
        "object", "set", "slice", "str", "tuple", "unicode",
    )),
    *(Name("torch", name) for name in ("device", "Tensor", "Generator", "memory_format")),
    Name("torch.nn.parameter", "Parameter"), Name("torch.nn.parameter", "Buffer"),
    Name("torch.nn.modules.container", "ParameterDict"), Name("_codecs", "encode"),
    Name("numpy", "dtype"), Name("numpy.core.multiarray", "scalar"),
    Name("numpy._core.multiarray", "scalar"),
}  # fmt: skip
"""Further harmless names, which become placeholders as well."""


@dataclass(frozen=True)
class Storage:
    """A row of elements in the file, or a part of one."""

    key: str
    dtype: np.dtype
    count: int
    """Elements of this storage."""
    start: int = 0
    """Its first element within the row named `key`."""


@dataclass(frozen=True)
class TensorView:
    """A tensor as a window on a storage; offset and strides count elements."""

    storage: Storage
    dtype: np.dtype
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class TorchBuilder:
    """Builds tensor views for the interpreter and remembers every storage by its key."""

    def __init__(self) -> None:
        self.storages: dict[str, Storage] = {}

    def check(self, name: Name) -> None:
        """Raise PickleProblem for a name that is not in the tables above."""
        if name in REBUILD or name in PARAMETERS or name in RECORDS or name in PLAIN:
            return
        if name in (TYPED, SIZE) or name.module.split(".")[0] in SETTINGS:
            return
        if _storage_type(name) is not None or _dtype(name) is not None:
            return
        raise PickleProblem(f"it asks for {name}, which is neither a tensor nor plain settings")

    def call(self, function: Name, arguments: tuple) -> Any:
        """Return a tensor view, a record, a tuple or a placeholder."""
        if function in REBUILD:
            return _rebuilt(function, arguments)
        if function in PARAMETERS and arguments:
            return arguments[0]
        if function == TYPED and len(arguments) >= 3:
            inner, _, inner_arguments = arguments[:3]
            if isinstance(inner, Name) and isinstance(inner_arguments, tuple) and inner != TYPED:
                return self.call(inner, inner_arguments)
            raise PickleProblem("its pickle rebuilds a tensor in an unknown way")
        if function in RECORDS:
            return Record(_pairs(arguments[0]) if arguments else [])
        if function == SIZE and arguments:
            return arguments[0]
        return Inert()

    def persistent(self, identifier: Any) -> Storage:
        """Return the storage of an identifier ('storage', type, key, device, elements, view)."""
        if not isinstance(identifier, tuple) or len(identifier) not in (5, 6):
            raise PickleProblem("its pickle names a storage in an unknown way")
        _, kind, key, _, count, *view = identifier
        dtype = _storage_type(kind) if isinstance(kind, Name) else None
        if dtype is None or not isinstance(key, str) or not _is_count(count):
            raise PickleProblem("its pickle names a storage in an unknown way")
        whole = self.storages.setdefault(key, Storage(key, dtype, count))
        if whole.dtype != dtype or whole.count != count:
            raise PickleProblem(f"its pickle describes storage {key!r} in two ways")
        if not view or view[0] is None:
            return whole
        if not isinstance(view[0], tuple) or len(view[0]) != 3 or not _are_counts(view[0][1:]):
            raise PickleProblem("its pickle names a part of a storage in an unknown way")
        _, start, count = view[0]
        if start + count > whole.count:
            raise PickleProblem(f"its pickle takes more of storage {key!r} than it has")
        return Storage(key, dtype, count, start)


def _rebuilt(function: Name, arguments: tuple) -> TensorView:
    """Return the view that `_rebuild_tensor*`(storage, offset, size, stride, ...) describes."""
    if len(arguments) < 4 or not isinstance(arguments[0], Storage):
        raise PickleProblem("its pickle rebuilds a tensor without a storage")
    storage, offset, shape, strides = arguments[:4]
    dtype = storage.dtype
    if function.name == "_rebuild_tensor_v3":
        named = arguments[6] if len(arguments) > 6 else None
        dtype = _dtype(named) if isinstance(named, Name) else None
        if dtype is None:
            raise PickleProblem("its pickle has a tensor of an unknown type")
    if not isinstance(shape, tuple | list) or not isinstance(strides, tuple | list):
        raise PickleProblem("its pickle has a tensor without a shape")
    if not _are_counts((offset, *shape, *strides)):
        raise PickleProblem("its pickle has a tensor of an impossible shape")
    return TensorView(storage, dtype, offset, tuple(shape), tuple(strides))


def _pairs(values: Any) -> list[tuple[Any, Any]]:
    """Return what OrderedDict([[key, value], ...]) holds."""
    pairs = values if isinstance(values, list) else []
    return [tuple(pair) for pair in pairs if isinstance(pair, list | tuple) and len(pair) == 2]


def _storage_type(name: Name) -> np.dtype | None:
    return TORCH_STORAGES.get(name.name) if name.module in STORAGE_MODULES else None


def _dtype(name: Name) -> np.dtype | None:
    return TORCH_DTYPES.get(name.name) if name.module == "torch" else None


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _are_counts(values: Any) -> bool:
    return all(map(_is_count, values))
