"""Does an audio file hold the samples that its header states?

libsndfile silently shortens a truncated file but writes the sizes into its log, which is read here.
"""

from __future__ import annotations

import os
import re
from typing import Any

from spoofjax.audio.flac_header import MOST_PER_BYTE
from spoofjax.errors import AudioError, EmptyAudio

UNKNOWN_LENGTH = 2**62
"""libsndfile reports at least this length for a stream whose header does not state one."""
STREAMED = 2**31 - 4096
"""A program that writes to a pipe states a size of at least this where it cannot know it."""
AGAIN = "copy it again."
SIZES = {
    "WAV": r"data",
    "WAVEX": r"data",
    "RF64": r"Riff size",
    "W64": r"riff",
    "AIFF": r"SSND",
    "SVX": r"BODY",
    "AU": r"Data Size",
}
"""What the log calls the size of the samples, by format."""


def check_complete(file: Any, path: Any) -> None:
    """Raise AudioError for a file, open in soundfile, that holds less than its header states.

    FLAC states a length in samples only. One that its bytes cannot hold is an error here; other
    losses show when it is decoded, as they do for compressed formats.
    """
    if file.frames == 0:
        if file.format == "OGG" and os.path.getsize(path) > 4096:
            raise AudioError(f"{path}: its last page is missing. The file is truncated: {AGAIN}")
        raise EmptyAudio(f"{path}: the file holds no samples. Remove it from the protocol.")
    if file.format == "FLAC":
        _check_flac(file, path)
    stated, present = _nist_bytes(file, path) if file.format == "NIST" else _logged_bytes(file)
    if present < stated and not _is_streamed(file, stated):
        raise AudioError(
            f"{path}: holds {present} of the {stated} bytes of samples that its header states. "
            f"The file is truncated: {AGAIN}"
        )


def _is_streamed(file: Any, stated: int) -> bool:
    """Whether the size is one that programs write where they do not know it."""
    return stated >= (UNKNOWN_LENGTH if file.format in ("RF64", "W64") else STREAMED)


def _check_flac(file: Any, path: Any) -> None:
    size = os.path.getsize(path)
    if size * MOST_PER_BYTE < file.frames < UNKNOWN_LENGTH:
        raise AudioError(
            f"{path}: the header states {file.frames:,} samples, more than {size:,} bytes can "
            f"hold. The file is truncated or its header is damaged: {AGAIN}"
        )


def _logged_bytes(file: Any) -> tuple[int, int]:
    """Return (stated, present) bytes where libsndfile notes that they differ, else zeros."""
    name = SIZES.get(file.format)
    if name is None:
        return 0, 0
    sizes = re.search(rf"^\s*{name}\s*: (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    return (int(sizes[1]), int(sizes[2])) if sizes else (0, 0)


def _nist_bytes(file: Any, path: Any) -> tuple[int, int]:
    """Return (stated, present) bytes of a NIST SPHERE file, whose header is text."""
    with open(path, "rb") as opened:
        header = opened.read(1024)
    fields = {
        name: int(value)
        for name, value in re.findall(rb"^(\w+) -i (\d+)", header, re.MULTILINE)
        if name in (b"sample_count", b"sample_n_bytes")
    }
    stated = fields.get(b"sample_count", 0)
    width = fields.get(b"sample_n_bytes", 2) * file.channels
    return stated * width, int(file.frames) * width
