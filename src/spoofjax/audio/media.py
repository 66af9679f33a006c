"""Formats that libsndfile cannot read (AAC, AMR, WMA, WebM), by PyAV or the program ffmpeg."""

from __future__ import annotations

import functools
import importlib.util
import math
import os
import shutil
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np

from spoofjax.audio.media_decoders import FFmpegDecoder, PyAVDecoder
from spoofjax.audio.sounds import BLOCK, DecodedSound, Sound, check_length, decoding
from spoofjax.errors import AudioError, EmptyAudio

MEDIA_SUFFIXES = frozenset({".m4a", ".mp4", ".aac", ".amr", ".wma", ".webm"})
"""Suffixes, in lower case, of files that need one of the two decoders."""
REMEDY = "Install PyAV (pip install 'spoofjax[media]') or the program ffmpeg."


@functools.cache
def media_decoder() -> Literal["PyAV", "ffmpeg"] | None:
    """Return which of the two decoders is installed, or None."""
    if importlib.util.find_spec("av") is not None:
        return "PyAV"
    return "ffmpeg" if shutil.which("ffmpeg") else None


def is_media(path: Any, suffix: str | None = None) -> bool:
    """Whether the suffix, by default that of the path, is of a format libsndfile cannot read."""
    return (suffix or _suffix(path)) in MEDIA_SUFFIXES


class MediaStream(Sound):
    """The first audio stream of a file, decoded once, from start to end, block by block.

    Its length is known when all of it has been read.
    """

    subtype = "compressed"

    def __init__(self, path: Any, suffix: str | None = None):
        """Open a file; `suffix` takes the place of that of the path.

        Raises AudioError with the reason or the remedy.
        """
        self.path, self.length = os.fsdecode(path), 0
        decoder, suffix = media_decoder(), suffix or _suffix(path)
        if decoder is None:
            raise AudioError(f"{self.path}: libsndfile cannot read {suffix} files. {REMEDY}")
        with decoding(self.path):
            self._decoder = {"PyAV": PyAVDecoder, "ffmpeg": FFmpegDecoder}[decoder](self.path)
        self.format = suffix[1:].upper()
        self.rate, self.channels = self._decoder.rate, self._decoder.channels
        if not self.rate:
            self.close()
            raise _empty(self.path)

    def in_order(self, count: int) -> Iterator[np.ndarray]:
        """Yield float32 (up to `count`, channels). Raises AudioError for a damaged file."""
        with decoding(self.path):
            for block in _reblocked(self._decoder, count):
                self.length += len(block)
                yield block
        if not self.length:
            raise _empty(self.path)

    def close(self) -> None:
        self._decoder.close()


def media_sound(
    path: Any,
    seconds: float | None = None,
    *,
    longest: float | None = None,
    suffix: str | None = None,
) -> DecodedSound:
    """Decode the first audio stream of a file and keep its first `seconds`, by default all.

    `suffix` takes the place of that of the path. Raises AudioError with the reason or the remedy,
    and LongAudio for a file of more than `longest` seconds.
    """
    with MediaStream(path, suffix) as stream:
        most = math.inf if seconds is None else math.ceil(seconds * stream.rate)
        blocks: list[np.ndarray] = []
        with decoding(stream.path):
            for block in stream.in_order(BLOCK):
                check_length(stream.path, stream.length, stream.rate, stream.channels, longest)
                before = stream.length - len(block)
                if before < most:
                    blocks.append(block[: int(min(most - before, len(block)))])
            samples = np.concatenate(blocks)
    return DecodedSound(
        stream.path, samples, stream.rate, stream.format, stream.subtype, stream.length
    )


def _reblocked(parts: Iterable[np.ndarray], count: int) -> Iterator[np.ndarray]:
    """Yield the rows of arrays in arrays of `count` rows, of which the last may have fewer."""
    held: list[np.ndarray] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size < count:
            continue
        rows = np.concatenate(held)
        stop = size - size % count
        for start in range(0, stop, count):
            yield rows[start : start + count]
        held, size = [rows[stop:].copy()], size - stop
    if size:
        yield np.concatenate(held)


def _empty(name: str) -> EmptyAudio:
    return EmptyAudio(f"{name}: the file holds no samples. Remove it from the protocol.")


def _suffix(path: Any) -> str:
    return os.path.splitext(os.fsdecode(path))[1].lower()
