"""Audio files to samples: decode, mix to mono, resample. Every error names the file."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np

from spoofjax.audio import _flac  # type: ignore[attr-defined]  # compiled
from spoofjax.audio.cropping import crop_start
from spoofjax.audio.judging import Origin
from spoofjax.audio.opening import open_sound, open_whole
from spoofjax.audio.seeds import CROP, uniform


class Excerpt(NamedTuple):
    """Part of an utterance, and the length of the whole."""

    samples: np.ndarray
    """float32 (samples,), mono."""
    length: int
    """Samples of the whole utterance, at the same rate."""


def read(
    path: str | os.PathLike[str], rate: int = 16_000, start: int = 0, frames: int = -1
) -> np.ndarray:
    """Return float32 (samples,) in [-1, 1): mono (mean of the channels) at `rate` Hz.

    `start` and `frames` (-1: to the end) choose a part, in samples at `rate`; a part beyond the end
    of the file is shorter. Reads any format of libsndfile, and AAC, AMR, WMA and WebM where PyAV or
    ffmpeg is installed; resamples other rates by soxr. Raises AudioError for a file that is
    missing, unreadable, damaged, truncated, empty or holds NaN or infinities.
    """
    is_whole = start == 0 and frames < 0
    with open_whole(path) if is_whole else open_sound(path) as sound:
        if sound.rate == rate:
            stop = sound.length if frames < 0 else min(start + frames, sound.length)
            return _mixed(sound.read(start, max(stop - start, 0)))
        samples = _resampled(_mixed(sound.read(0, sound.length)), sound.rate, rate)
    return samples[start:] if frames < 0 else samples[start : start + frames]


def read_recording(path: str | os.PathLike[str], rate: int = 16_000) -> tuple[np.ndarray, Origin]:
    """Return the samples that `read` returns, and what mixing and resampling hide of the file."""
    with open_whole(path) as sound:
        channels = sound.read(0, sound.length)
        loudest = float(np.sqrt(np.square(channels, dtype=np.float64).mean(axis=0).max()))
        origin = Origin(sound.rate, sound.channels, loudest)
    return _resampled(_mixed(channels), origin.rate, rate), origin


def length_of(path: str | os.PathLike[str], rate: int = 16_000) -> int:
    """Return how many samples `read` returns; the header tells where the rates agree."""
    with open_sound(path) as sound:
        if sound.rate == rate:
            return sound.length
        return len(_resampled(_mixed(sound.read(0, sound.length)), sound.rate, rate))


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
    if os.fspath(path).endswith(".flac"):
        into = np.empty(samples, np.float32) if out is None else out[:samples]
        position = -1.0 if seed is None else uniform(seed, CROP)
        lengths = _flac.clip(path, rate, position, into)
        if lengths is not None:
            length, written = lengths
            return Excerpt(into[:written], length)
    with open_sound(path) as sound:
        if sound.rate == rate:
            start = 0 if seed is None else crop_start(sound.length, samples, seed)
            count = min(samples, sound.length - start)
            return Excerpt(_mixed(sound.read(start, count, out=out)), sound.length)
        utterance = _resampled(_mixed(sound.read(0, sound.length)), sound.rate, rate)
    start = 0 if seed is None else crop_start(len(utterance), samples, seed)
    return Excerpt(utterance[start : start + samples], len(utterance))


def _mixed(samples: np.ndarray) -> np.ndarray:
    """Return (frames,): the mean of the channels of (frames, channels)."""
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)


def _resampled(samples: np.ndarray, source: int, target: int) -> np.ndarray:
    if source == target:
        return samples
    import soxr

    return soxr.resample(samples, source, target)
