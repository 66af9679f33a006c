"""Files as torch.save writes them, put together from pickle instructions by hand."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

PROTO, STOP = b"\x80\x02", b"."
STORAGES = {
    "<f4": "FloatStorage",
    "<f8": "DoubleStorage",
    "<f2": "HalfStorage",
    "<i8": "LongStorage",
    "<i4": "IntStorage",
    "<i2": "ShortStorage",
    "|i1": "CharStorage",
    "|u1": "ByteStorage",
    "|b1": "BoolStorage",
    "<c8": "ComplexFloatStorage",
}


def text(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def group(items: Sequence[bytes]) -> bytes:
    return b"(" + b"".join(items) + b"t"


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + group(arguments) + b"R"


def record(items: Mapping[str, bytes]) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def ordered(items: Mapping[str, bytes]) -> bytes:
    pairs = b"".join(text(key) + value for key, value in items.items())
    return name("collections", "OrderedDict") + b")R(" + pairs + b"u"


def storage(key: str, kind: str, count: int, view: bytes | None = None) -> bytes:
    items = [text("storage"), name("torch", kind), text(key), text("cpu"), number(count)]
    return group([*items, *([view] if view else [])]) + b"Q"


def view(
    stored: bytes, shape: Sequence[int], strides: Sequence[int] | None = None, offset: int = 0
) -> bytes:
    """A tensor as torch describes it: a window on a storage."""
    if strides is None:
        strides = [int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]
    sizes = (group([number(n) for n in numbers]) for numbers in (shape, strides))
    hooks = name("collections", "OrderedDict") + b")R"
    function = name("torch._utils", "_rebuild_tensor_v2")
    return call(function, stored, number(offset), *sizes, b"\x89", hooks)


def archive(
    pickled: bytes, storages: Mapping[str, bytes], order: str = "little", **options: Any
) -> bytes:
    """A file in torch's zip format."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as out:
        out.writestr("archive/data.pkl", PROTO + pickled + STOP)
        out.writestr("archive/byteorder", order)
        for key, data in storages.items():
            out.writestr(f"archive/data/{key}", data)
        out.writestr("archive/version", "3\n")
    return file.getvalue()


def row(
    pickled: bytes, storages: Mapping[str, tuple[int, bytes]], is_little_endian: bool = True
) -> bytes:
    """A file in torch's older layout; each storage is its number of elements and its bytes."""
    little = {"little_endian": b"\x88" if is_little_endian else b"\x89"}
    pickles = [
        number(0x1950A86A20F9469CFC6C),
        number(1001),
        record({"protocol_version": number(1001), **little}),
        pickled,
        b"](" + b"".join(map(text, storages)) + b"e",
    ]
    file = b"".join(PROTO + one + STOP for one in pickles)
    return file + b"".join(struct.pack("<q", n) + data for n, data in storages.values())


def state_dict(arrays: Mapping[str, np.ndarray]) -> tuple[bytes, dict[str, bytes]]:
    """The pickle of a state dict with one storage an array, and the bytes of the storages."""
    views, storages = {}, {}
    for key, (label, array) in enumerate(arrays.items()):
        stored = storage(str(key), STORAGES[array.dtype.str], array.size)
        views[label] = view(stored, array.shape)
        storages[str(key)] = array.tobytes()
    return ordered(views), storages


def in_both_formats(arrays: Mapping[str, np.ndarray]) -> dict[str, bytes]:
    """The same state dict as a zip archive and in the older layout."""
    pickled, storages = state_dict(arrays)
    counts = [array.size for array in arrays.values()]
    counted = {key: (n, data) for n, (key, data) in zip(counts, storages.items(), strict=True)}
    return {"archive": archive(pickled, storages), "row": row(pickled, counted)}
