"""Damage for JSON files and headers, drawn from a seed."""

from __future__ import annotations

import json
import random
from typing import Any

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
