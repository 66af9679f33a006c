"""The header of a FLAC file (STREAMINFO, RFC 9639): what it claims, and the MD5 of its samples."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np

from spoofjax.audio.sounds import Sound

MOST_PER_BYTE = 8_192
"""Samples that a byte can hold at most: a frame of 65,535 equal samples takes eight bytes."""


class FlacHeader(NamedTuple):
    """What STREAMINFO states."""

    bits: int
    """Bits per sample."""
    samples: int
    """Samples of each channel; 0 where the encoder did not know, as when it writes to a pipe."""
    md5: bytes
    """MD5 of the decoded samples; zeros where the encoder did not know it."""


def flac_header(path: str | bytes | os.PathLike[str]) -> FlacHeader | None:
    """Return the header of a file, or None for one that does not begin as FLAC does."""
    with open(path, "rb") as file:
        start = file.read(42)
    if len(start) < 42 or start[:4] != b"fLaC" or start[4] & 0x7F:
        return None
    packed = int.from_bytes(start[18:26], "big")
    return FlacHeader(
        bits=(packed >> 36 & 31) + 1,
        samples=packed & (1 << 36) - 1,
        md5=start[26:42],
    )


def has_right_md5(sound: Sound, header: FlacHeader) -> bool:
    """Whether the samples have the MD5 that the header states; true where it states none."""
    import hashlib

    if not any(header.md5):
        return True
    digest = hashlib.md5(usedforsecurity=False)
    width = (header.bits + 7) // 8
    step = 1 << 20
    for start in range(0, sound.length, step):
        count = min(step, sound.length - start)
        # libsndfile puts the bits of a sample at the top of an int32; FLAC counts them as integers.
        samples = sound.read(start, count, "int32") >> (32 - header.bits)
        as_bytes = samples.astype("<i4").reshape(-1, 1).view(np.uint8)
        digest.update(np.ascontiguousarray(as_bytes[:, :width]).tobytes())
    return digest.digest() == header.md5
