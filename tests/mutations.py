"""Damage for JSON files and headers, drawn from a seed, and what reading damaged files must do."""

from __future__ import annotations

import json
import random
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spoofjax.errors import SpoofjaxError

MEMORY = 1 << 30
"""Bytes that reading damaged files may add to the process."""

WHOLE_FILES = (
    b"", b"[]", b"{}", b"null", b"3", b'"text"', b"\xff\xfe\x00\x01", b"{", b"[" * 100_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"9" * 10_000, b"NaN",
)  # fmt: skip
"""Contents that are no object of the right shape."""

VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**9, 10**18, 10**30, 10**400, -(10**15), 1e308, float("nan"),
    float("inf"), "", "text", "../../outside", "/etc/passwd", "a\0b", "\ud800", [], {}, [[]],
    [1, 2, 3], ["a", None], {"type": "os.system"}, {"a": {"b": []}},
)  # fmt: skip
"""Values that hardly any field may have."""


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes of a JSON file with one thing wrong."""
    kind = chance.randrange(10)
    if kind == 0:
        return chance.choice(WHOLE_FILES)
    if kind == 1:
        return with_flipped_bits(data, chance)
    if kind == 2:
        return data[: chance.randrange(len(data))]
    return with_changed_value(data, chance)


def with_flipped_bits(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with some bits of one byte flipped."""
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    return bytes(changed)


def with_changed_value(data: bytes, chance: random.Random) -> bytes:
    """Return the JSON with one value replaced, left out or under another name."""
    tree = json.loads(data)
    places = list(_places(tree))
    if not places:
        return b"[]"
    parent, key = chance.choice(places)
    kind = chance.randrange(6)
    if kind == 0:
        del parent[key]
    elif kind == 1 and isinstance(parent, dict):
        parent[chance.choice(["x", "", "../x", f"{key}x"])] = parent.pop(key)
    elif kind == 2:
        parent[key] = [parent[key]]
    else:
        parent[key] = chance.choice(VALUES)
    return json.dumps(tree).encode()


def _places(tree: Any) -> Any:
    """Yield (object or list, key or index) of every value within a value."""
    keys = tree.keys() if isinstance(tree, dict) else range(len(tree))
    for key in keys:
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from _places(tree[key])


def mutated_header(data: bytes, chance: random.Random) -> bytes:
    """Damage the header of a safetensors file: its length, its JSON or a bit of it."""
    size = int.from_bytes(data[:8], "little")
    header, arrays = data[8 : 8 + size], data[8 + size :]
    if chance.randrange(4) == 0:
        return with_flipped_bits(data[: 8 + size], chance) + arrays
    changed = mutated(header, chance)
    if chance.randrange(3) == 0:
        types = ("I32", "F16", "F64", "BF16", "F8_E4M3", "F8_E5M2", "U8", "BOOL", "F4", "X")
        changed = header.replace(b"F32", chance.choice(types).encode(), chance.randrange(1, 3))
    return len(changed).to_bytes(8, "little") + changed + arrays


def refusals(
    folder: Path,
    file: str,
    read: Callable[[Path], None],
    times: int,
    change: Callable[[bytes, random.Random], bytes] = mutated,
) -> list[str]:
    """Damage a file of a copied folder `times` times and read it; return the errors.

    Fails where anything but a SpoofjaxError is raised, memory grows, or a file appears outside.
    """
    original = (folder / file).read_bytes()
    chance, errors = random.Random(f"{file} {read.__name__}"), []
    outside = files_beside(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(times):
        damaged = change(original, chance)
        (folder / file).write_bytes(damaged)
        try:
            read(folder)
        except SpoofjaxError as error:
            errors.append(str(error))
        except BaseException as error:
            pytest.fail(f"{file}, mutation {number} ({damaged[:3000]!r}): {error!r}")
    (folder / file).write_bytes(original)
    assert all("\n" not in error for error in errors)
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    assert grown < MEMORY
    assert files_beside(folder) == outside
    return errors


def files_beside(folder: Path) -> set[Path]:
    """Return the files in the parent of a folder, except those in the folder itself."""
    return {path for path in folder.parent.rglob("*") if folder not in path.parents}
