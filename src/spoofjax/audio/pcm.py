"""Samples without a header, as telephone exchanges, recorders and `sox -t raw` send them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from spoofjax.audio.judging import rate_problem
from spoofjax.audio.sounds import Sound
from spoofjax.errors import AudioError

INTEGERS = {"u8": "u1", "s16le": "<i2", "s16be": ">i2", "s32le": "<i4"}
"""Linear encodings, by the names of ffmpeg, and their numpy types."""
ENCODINGS = (*INTEGERS, "f32le", "mulaw", "alaw")


def sample_bytes(encoding: str) -> int:
    """Return the number of bytes of a sample."""
    return {"f32le": 4, "mulaw": 1, "alaw": 1}.get(encoding) or np.dtype(
        INTEGERS[encoding]
    ).itemsize


def decoded(data: bytes, encoding: str) -> np.ndarray:
    """Return float32 (n,) in [-1, 1) of whole samples in one of ENCODINGS.

    Raises AudioError for NaN and infinities.
    """
    if encoding in ("mulaw", "alaw"):
        return _COMPANDED[encoding][np.frombuffer(data, np.uint8)]
    if encoding == "f32le":
        samples = np.frombuffer(data, "<f4").astype(np.float32)
        if not np.isfinite(samples).all():
            raise AudioError("The samples hold NaN or infinite values. Check their encoding.")
        return samples
    integers = np.frombuffer(data, INTEGERS[encoding])
    half = 2.0 ** (8 * integers.itemsize - 1)
    return ((integers - half if encoding == "u8" else integers) / half).astype(np.float32)


class PcmSound(Sound):
    """Samples of one channel that arrive on a stream; they are read once, from start to end.

    Its length is known when all of it has been read.
    """

    format = "raw"
    channels = 1

    def __init__(self, stream: BinaryIO, rate: int, encoding: str, name: str):
        """Raises AudioError for a rate that no recording has."""
        problem = rate_problem(rate)
        if problem:
            raise AudioError(f"{name}: {problem.replace('the header states', 'you state')}.")
        self.path, self.rate, self.subtype = name, rate, encoding
        self.length = 0
        self._stream = stream

    def in_order(self, count: int) -> Iterator[np.ndarray]:
        """Yield float32 (up to `count`, 1). A part of a sample at the end is dropped."""
        size = sample_bytes(self.subtype)
        rest = b""
        while data := self._stream.read(count * size):
            data = rest + data
            end = len(data) // size * size
            data, rest = data[:end], data[end:]
            if data:
                yield decoded(data, self.subtype)[:, None]


def _mulaw_table() -> np.ndarray:
    """Return float32 (256,): the value of each mu-law byte. Source: ITU-T G.711."""
    bits = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (bits >> 4 & 7).astype(int), (bits & 15).astype(int)
    magnitude = ((2 * mantissa + 33) << exponent) - 33
    return (np.where(bits & 128, -magnitude, magnitude) / 8192).astype(np.float32)


def _alaw_table() -> np.ndarray:
    """Return float32 (256,): the value of each A-law byte. Source: ITU-T G.711."""
    bits = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = (bits >> 4 & 7).astype(int), (bits & 15).astype(int)
    small = 2 * mantissa + 1
    magnitude = np.where(exponent == 0, small, (small + 32) << np.maximum(exponent - 1, 0))
    return (np.where(bits & 128, magnitude, -magnitude) / 4096).astype(np.float32)


_COMPANDED = {"mulaw": _mulaw_table(), "alaw": _alaw_table()}
