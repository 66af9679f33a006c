"""Audio files of any length in small blocks: the memory needed does not grow with the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.audio.judging import LEAST_RATE, MOST_RATE
from spoofjax.audio.opening import open_in_order, open_whole
from spoofjax.audio.sounds import DecodedSound, Sound
from spoofjax.errors import AudioError

SECONDS = 0.25
"""The length of a block of a file."""
MOST_CHANNELS = 64
"""An array with more columns has its axes exchanged: no recorder has so many microphones."""
MOST_WHOLE_BYTES = 1 << 22
"""A FLAC file up to this size, some two minutes of speech, is decoded at once, which is faster."""


class Block(NamedTuple):
    """Consecutive samples, and what mixing and resampling hide of them."""

    samples: np.ndarray
    """float32 (n,), mono, at the rate that was asked for."""
    energy: np.ndarray
    """float64 (channels,): the sum of squares of each channel in the file."""
    frames: int
    """Samples of each channel in the file; `samples` may lag behind by the resampler's filter."""


class Recording:
    """An open audio file; iterating over it yields its blocks from start to end, once."""

    def __init__(self, sound: Sound, rate: int, seconds: float = SECONDS):
        """`rate` is that of the blocks' samples, and `seconds` their length."""
        self._sound, self._target, self._seconds = sound, rate, seconds
        self.rate, self.channels = sound.rate, sound.channels
        """Of the file."""

    @property
    def name(self) -> str:
        """The path, or what the samples are."""
        return os.fsdecode(self._sound.path)

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return self._sound.length / self.rate

    def __iter__(self) -> Iterator[Block]:
        resampler = _resampler(self.rate, self._target)
        for channels in self._sound.in_order(max(round(self._seconds * self.rate), 1)):
            energy = np.square(channels, dtype=np.float64).sum(axis=0)
            samples = channels.mean(axis=1, dtype=np.float32)
            if resampler is not None:
                samples = resampler.resample_chunk(samples)
            yield Block(samples, energy, len(channels))
        if resampler is not None:
            rest = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            yield Block(rest, np.zeros(self.channels), 0)

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *exception: object) -> None:
        self._sound.close()


class HeldRecording(Recording):
    """A recording whose blocks are in memory, so that its file may be closed."""

    def __init__(self, recording: Recording):
        super().__init__(recording._sound, recording._target)
        self.blocks = list(recording)

    def __iter__(self) -> Iterator[Block]:
        return iter(self.blocks)


def open_recording(path: str | os.PathLike[str], rate: int = 16_000) -> Recording:
    """Open an audio file to read all of it in blocks at `rate` Hz; the caller closes it.

    The blocks together are what `reading.read` returns. Raises AudioError as `read` does, damage in
    the middle of a file while its blocks are read.
    """
    if _is_short_flac(path):
        return Recording(open_whole(path), rate)
    return Recording(open_in_order(path), rate)


def recording_of(samples: np.ndarray, source: int, rate: int = 16_000) -> Recording:
    """Return the recording of a file with these samples, to read in blocks at `rate` Hz.

    `samples` are float in [-1, 1) or int16, (samples,) or (samples, channels), at `source` Hz.
    Raises AudioError for arrays of another form, for NaN and infinities, and for a rate that no
    recording has.
    """
    channels = samples[:, None] if samples.ndim == 1 else samples
    problem = _form_problem(channels)
    if not problem and not LEAST_RATE <= source <= MOST_RATE:
        problem = f"their rate is {source:,} Hz; plausible are {LEAST_RATE:,} to {MOST_RATE:,} Hz"
    if not problem and not np.isfinite(channels).all():
        problem = "some are NaN or infinite"
    if problem:
        raise AudioError(f"These samples cannot be used: {problem}.")
    if channels.dtype != np.int16:
        channels = channels.astype(np.float32, copy=False)
    return Recording(DecodedSound("samples in memory", channels, source, "array", "array"), rate)


def _form_problem(channels: np.ndarray) -> str:
    """Return why an array cannot be (samples, channels); '' where it can."""
    if channels.dtype != np.int16 and channels.dtype.kind != "f":
        return f"they are {channels.dtype}; give floats in [-1, 1) or int16"
    if channels.ndim != 2 or not channels.size:
        return f"their shape is {channels.shape}; give (samples,) or (samples, channels)"
    if channels.shape[1] > MOST_CHANNELS:
        return (
            f"their shape {channels.shape} means {channels.shape[1]:,} channels; give "
            "(samples, channels)"
        )
    return ""


def _is_short_flac(path: str | os.PathLike[str]) -> bool:
    try:
        return Path(path).suffix == ".flac" and os.path.getsize(path) <= MOST_WHOLE_BYTES
    except OSError:
        return False  # the reader says what is wrong


def _resampler(source: int, target: int):
    """Return a resampler that takes samples in parts, or None where the rates are equal."""
    if source == target:
        return None
    import soxr

    return soxr.ResampleStream(source, target, 1, dtype="float32")
