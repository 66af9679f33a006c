"""Audio files without a protocol: found in folders, or named one by one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from spoofjax.errors import CorpusError, nearest

AUDIO_SUFFIXES = frozenset({
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4",
    ".aac", ".aif", ".aiff", ".au", ".caf", ".w64", ".amr", ".wma", ".webm",
})  # fmt: skip
"""Suffixes, in lower case, that mark a file in a folder as audio."""


def walk_audio(folder: str | Path) -> list[str]:
    """Return the audio files below a folder, sorted, as paths relative to it with '/'.

    Hidden files and folders are passed over (macOS leaves '._x.wav' beside x.wav); links to
    folders are followed, each folder once.
    """
    return sorted(_walk(str(folder), "", set()))


def _walk(folder: str, prefix: str, seen: set[str]) -> Iterator[str]:
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _walk(entry.path, f"{prefix}{entry.name}/", seen)
            elif os.path.splitext(entry.name)[1].lower() in AUDIO_SUFFIXES:
                yield prefix + entry.name


def find_audio(paths: Iterable[str | Path]) -> list[Path]:
    """Return the files named, and the audio files below the folders named, in that order, once.

    A file named by itself is taken whatever its suffix. Raises CorpusError for a path that does
    not exist, and where nothing is found at all.
    """
    found: dict[Path, None] = {}
    given = [Path(path) for path in paths]
    for path in given:
        if path.is_dir():
            found.update(dict.fromkeys(path / name for name in walk_audio(path)))
        elif path.exists():
            found[path] = None
        else:
            beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            raise CorpusError(f"There is no file or folder {path}.{nearest(path.name, beside)}")
    if not found:
        listed = ", ".join(map(str, given)) or "no path"
        raise CorpusError(
            f"No audio file in {listed}. Files in folders are found by suffix: "
            f"{' '.join(sorted(AUDIO_SUFFIXES))}; name others one by one."
        )
    return list(found)
