"""Comparison of values from JSON with type annotations.

Annotations declare what a file must hold: `TypedDict` for an object, and the types of its fields.
Besides these, `Annotated[T, rule]` adds a function that returns what is wrong with a value of T, or
an empty string.
"""

from __future__ import annotations

import functools
import math
import os
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

LARGEST = 2**63 - 1
"""Integers beyond this fit into no array."""


def between(low: float, high: float = math.inf) -> Callable[[Any], str]:
    """Return the rule that a number must lie between two bounds, which it may be equal to."""

    def rule(value: Any) -> str:
        if low <= value <= high:
            return ""
        allowed = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        return f"must be {allowed}, not {shown(value)}"

    return rule


Count = Annotated[int, between(0)]
"""A number of things."""


def problem(value: Any, shape: Any, name: str = "") -> str:
    """Return what is wrong with a value, beginning with the name of the field; '' if nothing is.

    `name` is the name of the value itself. Numbers must be finite. A sequence may be a list or a
    tuple. Fields that a TypedDict does not declare may have any value.
    """
    origin, arguments = get_origin(shape), get_args(shape)
    if shape is Any:
        return ""
    if origin is Annotated:
        inner, *rules = arguments
        return problem(value, inner, name) or _first(_named(name, rule(value)) for rule in rules)
    if origin in (Union, types.UnionType):
        return _of_union(value, arguments, name)
    if origin is Literal:
        is_listed = any(value == a and type(value) is type(a) for a in arguments)
        listed = " or ".join(map(repr, arguments))
        return "" if is_listed else _named(name, f"must be {listed}, not {shown(value)}")
    if is_typeddict(shape):
        return _of_object(value, shape, name)
    if origin is tuple and Ellipsis not in arguments:
        return _of_tuple(value, arguments, name)
    if origin in (list, tuple, Sequence) or shape in (list, tuple):
        return _of_list(value, arguments[0] if arguments else Any, name)
    if origin in (dict, Mapping) or shape is dict:
        return _of_mapping(value, arguments or (str, Any), name)
    wanted = _of_scalar(value, shape)
    return _named(name, f"must be {wanted}, not {shown(value)}") if wanted else ""


def shown(value: Any) -> str:
    """Return a value as it appears in a message: on one line, and short."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "null"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _first(problems: Iterable[str]) -> str:
    return next((text for text in problems if text), "")


def _named(name: str, text: str) -> str:
    return f"{name or 'the value'} {text}" if text else ""


def _inner(name: str, key: object) -> str:
    return f"{name}.{key}" if name else str(key)


def _of_union(value: Any, choices: Sequence[Any], name: str) -> str:
    problems = [problem(value, choice, name) for choice in choices]
    if not all(problems):
        return ""
    # null is never the choice that the writer of a wrong value meant.
    return next(p for p, c in zip(problems, choices, strict=True) if c is not type(None))


def _of_object(value: Any, shape: Any, name: str) -> str:
    if not isinstance(value, Mapping):
        return _named(name, f"must be an object, not {shown(value)}")
    for key, (hint, is_required) in _fields(shape).items():
        if key in value:
            if text := problem(value[key], hint, _inner(name, key)):
                return text
        elif is_required:
            return f"{_inner(name, key)} is missing"
    return ""


@functools.cache
def _fields(shape: Any) -> dict[str, tuple[Any, bool]]:
    """Return the type of each field of a TypedDict, and whether the field is required."""
    hints = get_type_hints(shape, include_extras=True)
    return {
        key: (get_args(hint)[0], False) if get_origin(hint) is NotRequired else (hint, True)
        for key, hint in hints.items()
    }


def _of_list(value: Any, shape: Any, name: str) -> str:
    if not isinstance(value, list | tuple):
        return _named(name, f"must be a list, not {shown(value)}")
    return _first(problem(item, shape, f"{name}[{n}]") for n, item in enumerate(value))


def _of_tuple(value: Any, shapes: Sequence[Any], name: str) -> str:
    if not isinstance(value, list | tuple) or len(value) != len(shapes):
        return _named(name, f"must be a list of {len(shapes)}, not {shown(value)}")
    items = zip(value, shapes, strict=True)
    return _first(problem(item, s, f"{name}[{n}]") for n, (item, s) in enumerate(items))


def _of_mapping(value: Any, shapes: Sequence[Any], name: str) -> str:
    if not isinstance(value, Mapping):
        return _named(name, f"must be an object, not {shown(value)}")
    key_shape, shape = shapes
    return _first(
        problem(key, key_shape, _inner(name, "key")) or problem(item, shape, _inner(name, key))
        for key, item in value.items()
    )


def _of_scalar(value: Any, shape: Any) -> str:
    """Return what a value should be, in words; '' if it is that."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if shape is bool:
        return "" if isinstance(value, bool) else "true or false"
    if shape is int:
        is_whole = is_number and isinstance(value, int)
        return "" if is_whole and abs(value) <= LARGEST else "a whole number of 64 bits"
    if shape is float:
        fits = is_number and abs(value) <= LARGEST**16 and math.isfinite(value)
        return "" if fits else "a finite number"
    if shape is str:
        return "" if isinstance(value, str) and _is_text(value) else "a text"
    if shape is type(None) or shape is None:
        return "" if value is None else "null"
    if shape is Path:
        fits = isinstance(value, Path) or (isinstance(value, str) and _is_text(value))
        return "" if fits else "a path"
    return "" if isinstance(value, shape) else f"a {shape.__name__}"


def _is_text(value: str) -> bool:
    """Whether the operating system takes a string, for example as the name of a file."""
    try:
        return b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False
