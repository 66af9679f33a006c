"""What the samples of an utterance tell: length, rate, channels, level, clipping."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from spoofjax.audio.flac_header import flac_header, has_right_md5
from spoofjax.audio.judging import Origin, Reason, reason_against
from spoofjax.audio.opening import open_whole
from spoofjax.audio.parquet_rows import is_stored
from spoofjax.errors import AudioError, EmptyAudio

FULL_SCALE = 32767 / 32768


class Facts(NamedTuple):
    """What decoding one file tells; `error` is '' for a file that could be read."""

    frames: int = 0
    rate: int = 0
    channels: int = 0
    swing: float = 0.0
    """Largest minus smallest sample; full scale is 2."""
    clipped: float = 0.0
    """Share of samples at full scale."""
    digest: str = ""
    """Hash of the decoded samples: equal for equal samples, whatever the file format."""
    error: str = ""
    doubt: str = ""
    """Why a detector could not judge the file: 'md5', or the kind of an audio.judging.Reason."""
    why: str = ""
    """The same in words."""


def examine(path: str) -> Facts:
    """Decode a file and return its facts. That a file is unreadable is a fact too, not an error."""
    try:
        with open_whole(path) as sound:
            samples = sound.read(0, sound.length, "int16" if sound.is_sixteen_bit else "float32")
            header = None if is_stored(path) else flac_header(path)
            has_md5 = header is None or has_right_md5(sound, header)
            rate = sound.rate
    except EmptyAudio:
        return Facts()
    except (AudioError, OSError) as error:
        return failed(path, error)
    return facts_of(samples, rate, has_md5)


def failed(path: str, error: Exception) -> Facts:
    """Return the facts of a file that cannot be read."""
    text = " ".join(str(error).split()) or type(error).__name__
    return Facts(error=text.removeprefix(f"{path}: "))


def facts_of(samples: np.ndarray, rate: int, has_md5: bool = True) -> Facts:
    """Return the facts of int16 or float32 (samples, channels), at least one of them.

    `has_md5` is whether they are what the MD5 in the header says; without one, they are.
    """
    scale, full = (32768.0, 32767) if samples.dtype == np.int16 else (1.0, FULL_SCALE)
    high, low = samples.max(), samples.min()
    clipped = 0
    if high >= full or low <= -full:
        clipped = np.count_nonzero(samples >= full) + np.count_nonzero(samples <= -full)
    swing = (float(high) - float(low)) / scale
    digest = hashlib.blake2b(samples.tobytes(), digest_size=12).hexdigest()
    if has_md5:
        reason = _reason_against(samples / np.float32(scale), rate)
    else:
        reason = Reason("md5", "the samples differ from the MD5 in the header")
    return Facts(
        len(samples), rate, samples.shape[1], swing, clipped / samples.size, digest, "",
        *(reason or ("", "")),
    )  # fmt: skip


def _reason_against(samples: np.ndarray, rate: int) -> Reason | None:
    """Say why (samples, channels) could not be judged once they are mixed to mono."""
    loudest = float(np.sqrt(np.square(samples, dtype=np.float64).mean(axis=0).max()))
    origin = Origin(rate, samples.shape[1], loudest)
    return reason_against(samples.mean(axis=1), rate, origin=origin)
