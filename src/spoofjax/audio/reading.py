"""Audio files to samples: decode, mix to mono, resample. Every error names the file."""

from __future__ import annotations

import math
import os
from typing import NamedTuple

import numpy as np

from spoofjax.audio import _flac  # type: ignore[attr-defined]  # compiled
from spoofjax.audio.cropping import crop_start
from spoofjax.audio.judging import Origin
from spoofjax.audio.opening import open_sound, open_whole
from spoofjax.audio.seeds import CROP, uniform

RESAMPLING_SECONDS = 0.25
"""Read beyond the wanted samples: far more than the filter of the resampler reaches."""
MOST_FLAC_BYTES = 1 << 26
"""A larger FLAC file, more than half an hour of speech, is read through libsndfile, in parts."""


class Excerpt(NamedTuple):
    """Part of an utterance, and the length of the whole."""

    samples: np.ndarray
    """float32 (samples,), mono."""
    length: int
    """Samples of the whole utterance, at the same rate."""
    whole: np.ndarray | None = None
    """float32 (length,) where the whole had to be decoded for this part, else None."""


def read(
    path: str | os.PathLike[str],
    rate: int = 16_000,
    start: int = 0,
    frames: int = -1,
    *,
    channel: int | None = None,
) -> np.ndarray:
    """Return float32 (samples,) in [-1, 1): mono at `rate` Hz.

    That is the mean of the channels, or the one with the number `channel`, from 0 on.

    `start` and `frames` (-1: to the end) choose a part, in samples at `rate`; a part beyond the end
    of the file is shorter. Reads any format of libsndfile, and AAC, AMR, WMA and WebM where PyAV or
    ffmpeg is installed; resamples other rates by soxr. Raises AudioError for a file that is
    missing, unreadable, damaged, truncated, empty or holds NaN or infinities.
    """
    is_whole = start == 0 and frames < 0
    with open_whole(path) if is_whole else open_sound(path) as sound:
        if sound.rate == rate:
            stop = sound.length if frames < 0 else min(start + frames, sound.length)
            return _mixed(sound.read(start, max(stop - start, 0)), channel)
        samples = _resampled(_mixed(sound.read(0, sound.length), channel), sound.rate, rate)
    return samples[start:] if frames < 0 else samples[start : start + frames]


def read_recording(
    path: str | os.PathLike[str], rate: int = 16_000, most: int | None = None
) -> tuple[np.ndarray, Origin]:
    """Return what `read` returns, and what reading in part, mixing and resampling hide of the file.

    `most` is the number of samples at `rate` that are wanted from the start; a few more may be
    returned. The memory needed follows `most`, not the length of the file. Raises as `read` does,
    but damage beyond the wanted samples may go unnoticed; a missing end does not.
    """
    if most is not None and _is_small_flac(path):
        excerpt = _flac_clip(path, rate, np.empty(most, np.float32), None)
        if excerpt is not None:
            loudest = _loudest(excerpt.samples[:, None])
            return excerpt.samples, Origin(rate, 1, loudest, excerpt.length / rate)
    seconds = None if most is None else most / rate + RESAMPLING_SECONDS
    with open_whole(path) if seconds is None else open_sound(path, seconds) as sound:
        count = sound.length
        if seconds is not None:
            count = min(count, math.ceil(seconds * sound.rate))
        channels = sound.read(0, count)
        length = sound.length / sound.rate
        origin = Origin(sound.rate, sound.channels, _loudest(channels), length)
    return _resampled(_mixed(channels), origin.rate, rate), origin


def _loudest(channels: np.ndarray) -> float:
    """Return the largest RMS of the channels of (frames, channels)."""
    return float(np.sqrt(np.square(channels, dtype=np.float64).mean(axis=0).max()))


def length_of(path: str | os.PathLike[str], rate: int = 16_000) -> int:
    """Return how many samples `read` returns; the header tells where the rates agree."""
    return measured(path, rate).length


def measured(path: str | os.PathLike[str], rate: int) -> Excerpt:
    """Return the excerpt of no samples, with the length of a file and what was decoded for it."""
    with open_sound(path) as sound:
        if sound.rate == rate and not sound.is_decoded:
            return Excerpt(np.empty(0, np.float32), sound.length)
        whole = _resampled(_mixed(sound.read(0, sound.length)), sound.rate, rate)
    return excerpt_of(whole, 0, None)


def read_int16(path: str | os.PathLike[str], rate: int = 16_000) -> tuple[np.ndarray, int]:
    """Return int16 (samples,) at `rate` Hz, mono, and the file's own rate.

    16-bit mono files of that rate are read exactly. The samples of `read` are used for others,
    rounded to 16 bits and clipped to full scale. Raises as `read` does.
    """
    with open_whole(path) as sound:
        if sound.rate == rate and sound.channels == 1 and sound.subtype == "PCM_16":
            return sound.read(0, sound.length, "int16")[:, 0], rate
        samples = _resampled(_mixed(sound.read(0, sound.length)), sound.rate, rate)
    in_range = np.clip(samples, -1, 1)  # a damaged file may hold values near the largest float
    rounded = np.rint(in_range * np.float32(32768))
    return np.minimum(rounded, 32767).astype(np.int16), sound.rate


def read_clip(
    path: str | os.PathLike[str],
    rate: int,
    samples: int,
    seed: int | None = None,
    out: np.ndarray | None = None,
) -> Excerpt:
    """Return at most `samples` samples of a file, and its whole length, decoding no more than that.

    The crop starts where `seed`, a draw's uint64 seed, picks (see cropping.crop_start), or at the
    first sample where it is None. It equals the same crop of `read`, bit for bit; compressed
    formats and other rates are decoded whole for that. `out`, float32 of at least `samples`, may
    serve as memory for the result. Raises as `read` does.
    """
    if _is_small_flac(path):
        into = np.empty(samples, np.float32) if out is None else out[:samples]
        excerpt = _flac_clip(path, rate, into, seed)
        if excerpt is not None:
            return excerpt
    with open_sound(path) as sound:
        if sound.rate == rate:
            if sound.is_decoded:
                return excerpt_of(_mixed(sound.read(0, sound.length)), samples, seed)
            start = 0 if seed is None else crop_start(sound.length, samples, seed)
            count = min(samples, sound.length - start)
            return Excerpt(_mixed(sound.read(start, count, out=out)), sound.length)
        whole = _resampled(_mixed(sound.read(0, sound.length)), sound.rate, rate)
    return excerpt_of(whole, samples, seed)


def _is_small_flac(path: str | os.PathLike[str]) -> bool:
    """Whether csrc/flac may read a file: it is the fastest, but holds all bytes in memory."""
    if not os.fspath(path).endswith(".flac"):
        return False
    try:
        return os.path.getsize(path) <= MOST_FLAC_BYTES
    except OSError:
        return False  # the general reader says what is wrong


def _flac_clip(
    path: str | os.PathLike[str], rate: int, into: np.ndarray, seed: int | None
) -> Excerpt | None:
    """Fill `into` as `read_clip` does; return None for a file that csrc/flac does not read."""
    position = -1.0 if seed is None else uniform(seed, CROP)
    lengths = _flac.clip(path, rate, position, into)
    if lengths is None:
        return None
    length, written = lengths
    return Excerpt(into[:written], length)


def excerpt_of(whole: np.ndarray, samples: int, seed: int | None) -> Excerpt:
    """Return the excerpt of an utterance, float32 (n,), that `read_clip` returns of its file."""
    start = 0 if seed is None else crop_start(len(whole), samples, seed)
    return Excerpt(whole[start : start + samples], len(whole), whole)


def _mixed(samples: np.ndarray, channel: int | None = None) -> np.ndarray:
    """Return (frames,): the mean of the channels of (frames, channels), or one of them."""
    if channel is not None:
        return np.ascontiguousarray(samples[:, channel])
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)


def _resampled(samples: np.ndarray, source: int, target: int) -> np.ndarray:
    if source == target:
        return samples
    import soxr

    return soxr.resample(samples, source, target)
