"""Why a file that a protocol names does not exist: a file with nearly that name often does."""

from __future__ import annotations

import os
from collections.abc import Set

from spoofjax.corpora.audio_files import AUDIO_SUFFIXES


def cause_of_absence(name: str, suffix: str, names: Set[str]) -> str:
    """Return why a file is not among the `names` of its folder, and the remedy; '' if unknown.

    `suffix` is the end of `name` that the reader appended to what the protocol says, or ''.
    """
    if "\\" in name:
        return (
            "The name has backslashes, as Windows writes paths; here folders are separated by '/': "
            "replace them in the table."
        )
    written = name.removesuffix(suffix) if suffix else name
    stem, own_suffix = os.path.splitext(written)
    is_audio_name = own_suffix.lower() in AUDIO_SUFFIXES
    if suffix and is_audio_name and {written, stem + suffix} & names:
        return (
            f"The id {written} has the extension {own_suffix} already, and {suffix} is appended to "
            f"ids: delete {own_suffix} from the ids."
        )
    other_case = [other for other in sorted(names) if other.lower() == name.lower()]
    if other_case:
        return (
            f"There is {other_case[0]}, with other capital letters: rename the files, or correct "
            "the names."
        )
    base = stem if is_audio_name and not suffix else written
    alike = [other for other in sorted(names) if _audio_stem(other) == base]
    if not alike:
        return ""
    if suffix:
        return (
            f"There is {alike[0]}, while this corpus expects {suffix}: convert the files, or list "
            "files and labels in a Table, which takes any extension (docs/data.md)."
        )
    if is_audio_name:
        return f"There is {alike[0]}, with another extension: correct the names in the table."
    extension = os.path.splitext(alike[0])[1]
    return (
        f"There is {alike[0]}: the names have no extension; --data.suffix {extension} appends one."
    )


def _audio_stem(name: str) -> str:
    stem, suffix = os.path.splitext(name)
    return stem if suffix.lower() in AUDIO_SUFFIXES else ""
