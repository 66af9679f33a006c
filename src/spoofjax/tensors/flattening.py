"""Nested dictionaries of a checkpoint as one level of names, joined by dots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spoofjax.tensors.pickled import PickleProblem, Record
from spoofjax.tensors.torch_objects import TensorView

DEEPEST = 32
"""Levels of dictionaries and lists; a checkpoint with its optimiser has five."""
MOST_VALUES = 1_000_000
"""Values in all; a dictionary that contains another one twice counts it twice."""
LONGEST_NAME = 1_000
"""Characters of a name."""


def flatten(value: Any) -> dict[str, TensorView]:
    """Return every tensor in a value by its name, such as 'model.encoder.layers.0.fc1.weight'.

    A tensor on its own is named 'tensor'. Values that are no tensors are left out. Raises
    PickleProblem for a value that contains itself, and for two tensors of one name.
    """
    if isinstance(value, TensorView):
        return {"tensor": value}
    tensors: dict[str, TensorView] = {}
    levels = [_items(value)]
    keys: list[str] = [""]
    count = 0
    while levels:
        key, item = next(levels[-1], (None, None))
        if key is None:
            levels.pop()
            keys.pop()
            continue
        count += 1
        if count > MOST_VALUES:
            raise PickleProblem(f"it has more than {MOST_VALUES:,} values")
        keys[-1] = key
        if isinstance(item, TensorView):
            name = _joined(keys)
            if name in tensors:
                raise PickleProblem(f"it has two tensors of the name {name!r}")
            tensors[name] = item
        elif isinstance(item, Record | list | tuple):
            if len(levels) == DEEPEST:
                raise PickleProblem(f"it is nested more than {DEEPEST} levels deep")
            levels.append(_items(item))
            keys.append("")
    return tensors


def _joined(keys: list[str]) -> str:
    # A long key costs nothing in a file that repeats it, but one copy for each tensor here.
    if sum(map(len, keys)) > LONGEST_NAME:
        raise PickleProblem(f"it has a name of more than {LONGEST_NAME:,} characters")
    return ".".join(keys)


def _items(container: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(container, Record):
        for key, item in container.pairs:
            if isinstance(key, str | int):
                yield str(key), item
    elif isinstance(container, list | tuple):
        for index, item in enumerate(container):
            yield str(index), item
