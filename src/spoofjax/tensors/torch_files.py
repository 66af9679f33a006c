"""Files that torch.save wrote: a zip archive since torch 1.6, a row of pickles before.

The archive holds NAME/data.pkl, one uncompressed NAME/data/KEY for each storage, and, since torch
2.0, NAME/byteorder. The older layout is five pickles (a magic number, a version, facts of the
machine, the object, the keys of the storages) and then each storage: its number of elements as
int64, and the elements. See torch/serialization.py.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoofjax.errors import TensorError
from spoofjax.files import naming
from spoofjax.names import leaves_folder
from spoofjax.tensors.flattening import flatten
from spoofjax.tensors.pickled import Interpreter, PickleProblem, Record
from spoofjax.tensors.stored import StoredTensor
from spoofjax.tensors.torch_objects import Storage, TensorView, TorchBuilder

LARGEST_PICKLE = 64 << 20
"""Bytes of a pickle; that of a checkpoint has some hundred thousand."""
WEIGHTS = (".pth", ".pt", ".bin", ".safetensors")
"""How files of weights end, which some owners pack into a zip archive."""
MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
LOCAL_HEADER = 30
"""Bytes of the header before each record of a zip archive, without its name and extra field."""

REMEDY = (
    "Open it with torch where you trust its source, and save the weights alone: "
    "torch.save(model.state_dict(), FILE)."
)


@dataclass(frozen=True)
class Place:
    """Bytes of a file."""

    offset: int
    size: int


def torch_archive(path: Path) -> dict[str, StoredTensor]:
    """Return the tensors of a file in torch's zip format, checked against its size.

    Raises TensorError.
    """
    records = _records(path)
    pickles = [name for name in records if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(pickles) != 1:
        raise TensorError(
            f"{path} is a zip archive that torch.save did not write: it has no data.pkl. Name the "
            "file of the weights."
        )
    root = pickles[0].removesuffix("data.pkl")
    builder = TorchBuilder()
    try:
        value = Interpreter(_data(path, records[pickles[0]]), builder).load()
        views = flatten(value)
    except PickleProblem as problem:
        raise TensorError(f"{path} cannot be read: {problem}. {REMEDY}") from problem
    order = records.get(f"{root}byteorder")
    is_big_endian = order is not None and _data(path, order) == b"big"
    places = {key: records.get(f"{root}data/{key}") for key in builder.storages}
    return _located(path, views, places, is_big_endian)


def torch_pickles(path: Path) -> dict[str, StoredTensor]:
    """Return the tensors of a file in torch's older layout, checked against its size.

    Raises TensorError.
    """
    builder = TorchBuilder()
    data = _data(path, Place(0, min(path.stat().st_size, LARGEST_PICKLE)))
    position = 0
    values: list[Any] = []
    try:
        for _ in range(5):
            run = Interpreter(data, builder, position)
            values.append(run.load())
            position = run.position
            if values[0] != MAGIC:
                raise PickleProblem("torch.save did not write it")
        views = flatten(values[3])
        places = _storage_places(path, values[4], builder.storages, position)
    except PickleProblem as problem:
        raise TensorError(f"{path} cannot be read: {problem}. {REMEDY}") from problem
    if values[1] != VERSION:
        raise TensorError(f"{path} has an unknown version of torch's format. {REMEDY}")
    return _located(path, views, places, _says_big_endian(values[2]))


def _says_big_endian(facts: Any) -> bool:
    pairs = facts.pairs if isinstance(facts, Record) else []
    return any(key == "little_endian" and value is False for key, value in pairs)


def _storage_places(
    path: Path, keys: Any, storages: Mapping[str, Storage], position: int
) -> dict[str, Place]:
    """Return where each storage is: they follow the pickles in the order of `keys`."""
    places: dict[str, Place] = {}
    if not isinstance(keys, list):
        raise PickleProblem("it has no list of storages")
    with path.open("rb") as file:
        for key in keys:
            storage = storages.get(key) if isinstance(key, str) else None
            if storage is None or key in places:
                raise PickleProblem("its list of storages does not match its tensors")
            file.seek(position)
            count = int.from_bytes(file.read(8), "little")
            if count != storage.count:
                raise PickleProblem(f"storage {key!r} has {count} elements, not {storage.count}")
            size = count * storage.dtype.itemsize
            places[key] = Place(position + 8, size)
            position += 8 + size
    return places


def _located(
    path: Path,
    views: Mapping[str, TensorView],
    places: Mapping[str, Place | None],
    is_big_endian: bool,
) -> dict[str, StoredTensor]:
    """Return the views as tensors in the file. Raises TensorError where one does not fit."""
    size = path.stat().st_size
    tensors = {}
    for name, view in views.items():
        place = places.get(view.storage.key)
        if place is None:
            raise TensorError(
                f"{path} is damaged: the elements of tensor {name!r} are missing. Download or copy "
                "it again."
            )
        start = view.storage.start * view.storage.dtype.itemsize
        offset = place.offset + start + view.offset * view.dtype.itemsize
        end = place.offset + start + view.storage.count * view.storage.dtype.itemsize
        tensor = StoredTensor(
            path, name, offset, view.dtype, view.shape, view.strides, is_big_endian
        )
        tensor.check(min(end, place.offset + place.size), size)
        tensors[name] = tensor
    return tensors


def _records(path: Path) -> dict[str, Place]:
    """Return where the content of each record of a zip archive is. Raises TensorError."""
    try:
        with naming(path), zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, OverflowError, EOFError) as error:
        raise _damage(path, str(error)) from error
    except MemoryError as error:
        raise _damage(path, "its zip directory would not fit into memory") from error
    except NotImplementedError as error:
        raise _damage(path, f"its zip archive needs another reader ({error})") from error
    if leaves_folder([member.filename for member in members]):
        raise TensorError(f"{path} holds names that lead out of its archive. {REMEDY}")
    if any(member.flag_bits & 1 for member in members):
        raise TensorError(f"{path} is encrypted. {REMEDY}")
    inner = [member.filename for member in members if member.filename.endswith(WEIGHTS)]
    if inner:
        raise TensorError(
            f"{path} is an archive around {inner[0]}. Unpack it, for example by `unzip`, and name "
            "that file."
        )
    with naming(path), path.open("rb") as file:
        return {member.filename: _place(path, file, member) for member in members}


def _place(path: Path, file: Any, member: zipfile.ZipInfo) -> Place:
    name = member.filename
    if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
        # torch never compresses. A few compressed bytes could become gigabytes.
        raise TensorError(f"{path} holds the compressed record {name!r}. {REMEDY}")
    if member.header_offset < 0:
        raise _damage(path, f"its record {name!r} begins before the file")
    file.seek(member.header_offset)
    header = file.read(LOCAL_HEADER)
    if len(header) < LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
        raise _damage(path, f"its record {name!r} is not where its directory says")
    name_length, extra_length = struct.unpack("<HH", header[26:])
    offset = member.header_offset + LOCAL_HEADER + name_length + extra_length
    if offset + member.file_size > path.stat().st_size:
        raise _damage(path, f"its record {name!r} is longer than the file")
    return Place(offset, member.file_size)


def _data(path: Path, place: Place) -> bytes:
    if place.size > LARGEST_PICKLE:
        raise _damage(path, f"its pickle has more than {LARGEST_PICKLE >> 20} MiB")
    with naming(path), path.open("rb") as file:
        file.seek(place.offset)
        return file.read(place.size)


def _damage(path: Path, problem: str) -> TensorError:
    return TensorError(f"{path} is damaged: {problem.rstrip('.')}. Download or copy it again.")
