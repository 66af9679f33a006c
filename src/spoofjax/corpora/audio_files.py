"""Audio files without a protocol: all below a folder, or named one by one."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from spoofjax.audio.media import REMEDY, is_media, media_decoder
from spoofjax.errors import CorpusError, nearest, printable

log = logging.getLogger("spoofjax")

AUDIO_SUFFIXES = frozenset({
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4",
    ".aac", ".aif", ".aiff", ".au", ".caf", ".w64", ".amr", ".wma", ".webm",
})  # fmt: skip
"""Suffixes, in lower case, that mark a file in a folder as audio."""


def walk_audio(folder: str | Path) -> list[str]:
    """Return the audio files below a folder that can be decoded, as `list_audio` returns them.

    Where neither PyAV nor ffmpeg is installed, files that need one of them are left out, and a
    warning counts them. Raises CorpusError for a name that cannot stand in a protocol or a score
    file: one with a line break or another control character, or that is not UTF-8.
    """
    names = list_audio(folder)
    odd = next((name for name in names if printable(name) != name), None)
    if odd is not None:
        raise CorpusError(
            f"{folder}/{odd}: this name cannot be written to a score file, because it has a "
            "control character in it or is not UTF-8. Rename the file."
        )
    if media_decoder():
        return names
    left_out = [name for name in names if is_media(name)]
    if left_out:
        suffixes = sorted({os.path.splitext(name)[1].lower() for name in left_out})
        log.warning(
            "%s: %d files (%s) are left out, because nothing here can decode them. %s",
            folder, len(left_out), " ".join(suffixes), REMEDY,
        )  # fmt: skip
    return [name for name in names if not is_media(name)]


def list_audio(folder: str | Path) -> list[str]:
    """Return the audio files below a folder, sorted, as paths relative to it with '/'.

    Hidden files and folders are left out (macOS leaves '._x.wav' beside x.wav). Links to folders
    are followed, each folder once. Whatever else has the name of an audio file is returned too,
    such as a pipe or a broken link, and so is a folder that cannot be listed: reading it says what
    is wrong with it.
    """
    return sorted(_walk(str(folder), "", set()))


def _walk(folder: str, prefix: str, seen: set[str]) -> Iterator[str]:
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        entries = list(os.scandir(folder))
    except OSError:
        if not prefix:
            raise
        yield prefix.removesuffix("/")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            yield from _walk(entry.path, f"{prefix}{entry.name}/", seen)
        elif os.path.splitext(entry.name)[1].lower() in AUDIO_SUFFIXES:
            yield prefix + entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link that leads back to itself
        return False


def find_audio(paths: Iterable[str | Path]) -> list[Path]:
    """Return these files, and the audio files below these folders, in order and without repeats.

    A file that is named itself may have any suffix. Raises CorpusError for a path that does not
    exist, and where there is no audio file at all.
    """
    files: dict[Path, None] = {}
    given = [Path(path) for path in paths]
    for path in given:
        if path.is_dir():
            files.update(dict.fromkeys(path / name for name in list_audio(path)))
        elif os.path.lexists(path):
            files[path] = None
        else:
            siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            raise CorpusError(f"There is no file or folder {path}.{nearest(path.name, siblings)}")
    if not files:
        listed = ", ".join(map(str, given)) or "no path"
        raise CorpusError(
            f"No audio file in {listed}. In folders, files are chosen by suffix: "
            f"{' '.join(sorted(AUDIO_SUFFIXES))}; name others one by one."
        )
    return list(files)
