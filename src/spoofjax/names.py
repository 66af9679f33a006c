"""Names that become part of a path: of corpora, splits, columns, shards and utterances.

They come from protocols and from files that anyone can edit. A name must not lead out of the folder
that it is meant for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from spoofjax.errors import SpoofjaxError

LONGEST = 200
"""Bytes in a name, which leaves room for a suffix: file systems allow 255."""
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SUSPICIOUS = re.compile(r"\.\.|[\x00-\x09\x0b-\x1f\x7f]|(?:^|\n)/")
"""Matches what a harmless list of names, joined by newlines, does not contain."""


def name_problem(name: str) -> str:
    """Return why a name cannot be that of a file or a folder; '' where it can."""
    if name in ("", ".", ".."):
        return f"cannot be {name!r}"
    if "/" in name or "\\" in name:
        return f"must not contain a slash or a backslash, as {name!r} does"
    if CONTROL.search(name):
        return f"must not contain control characters, as {name!r} does"
    if len(name.encode(errors="surrogateescape")) > LONGEST:
        return f"must not be longer than {LONGEST} bytes, as {name[:40]!r}... is"
    return ""


def check_name(name: str, what: str, kind: type[SpoofjaxError]) -> str:
    """Return the name, or raise an error of this kind; `what` says what the name is of."""
    problem = name_problem(name)
    if problem:
        raise kind(f"{what} {problem}: it becomes part of a path.")
    return name


FileName = Annotated[str, name_problem]
"""A string in JSON that becomes the name of a file or a folder."""


def is_in_part(name: str, parts: Sequence[str]) -> bool:
    """Whether an array of a network, such as 'trunk/blocks/0/kernel', lies in one of its parts.

    A part is the beginning of a name up to a slash, or the whole name.
    """
    return any(name == part or name.startswith(f"{part}/") for part in parts)


def leaves_folder(names: Sequence[str]) -> list[int]:
    """Return the indices of the relative paths that may lead out of the folder they start in.

    These are absolute paths, paths with a part '..', and names with control characters.
    """
    if not _SUSPICIOUS.search("\n".join(names)):
        return []
    return [
        index
        for index, name in enumerate(names)
        if CONTROL.search(name) or name.startswith("/") or ".." in name.split("/")
    ]
