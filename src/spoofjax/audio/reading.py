"""Audio files to samples: decode, mix to mono, resample. Every error names the file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from spoofjax.audio import _flac  # type: ignore[attr-defined]  # compiled
from spoofjax.audio.cropping import crop_start
from spoofjax.audio.judging import Origin
from spoofjax.audio.seeds import CROP, uniform
from spoofjax.errors import AudioError

UNKNOWN_LENGTH = 2**62
"""libsndfile reports at least this length for a stream whose header does not state one."""


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
    of the file is shorter. Reads any format of libsndfile and resamples other rates by soxr. Raises
    AudioError for a file that is missing, unreadable, damaged, empty or holds NaN or infinities.
    """
    with _opened(path) as file:
        if file.samplerate == rate:
            stop = file.frames if frames < 0 else min(start + frames, file.frames)
            return _decode(file, path, start, max(stop - start, 0))
        samples = _resampled(_decode(file, path, 0, file.frames), file.samplerate, rate)
    return samples[start:] if frames < 0 else samples[start : start + frames]


def read_recording(path: str | os.PathLike[str], rate: int = 16_000) -> tuple[np.ndarray, Origin]:
    """Return the samples that `read` returns, and what mixing and resampling hide of the file."""
    with _opened(path) as file:
        channels = _decode(file, path, 0, file.frames, mix=False)
        loudest = float(np.sqrt(np.square(channels, dtype=np.float64).mean(axis=0).max()))
        origin = Origin(int(file.samplerate), file.channels, loudest)
    return _resampled(_mixed(channels), origin.rate, rate), origin


def length_of(path: str | os.PathLike[str], rate: int = 16_000) -> int:
    """Return how many samples `read` returns; the header tells where the rates agree."""
    with _opened(path) as file:
        if file.samplerate == rate:
            return int(file.frames)
    return len(read(path, rate))


def read_int16(path: str | os.PathLike[str], rate: int = 16_000) -> tuple[np.ndarray, int]:
    """Return int16 (samples,) at `rate` Hz, mono, and the file's own rate.

    16-bit mono files of that rate are read exactly. The samples of `read` are used for others,
    rounded to 16 bits and clipped to full scale. Raises as `read` does.
    """
    if os.fspath(path).endswith(".flac"):
        decoded = _flac.whole(path)
        if decoded is not None and decoded[1] == rate:
            return decoded
    with _opened(path) as file:
        own_rate = int(file.samplerate)
        if own_rate == rate and file.channels == 1 and file.subtype == "PCM_16":
            return _decode(file, path, 0, file.frames, "int16"), own_rate
    samples = np.rint(read(path, rate) * np.float32(32768))
    return np.clip(samples, -32768, 32767).astype(np.int16), own_rate


def read_clip(
    path: str | os.PathLike[str],
    rate: int,
    samples: int,
    seed: int | None = None,
    out: np.ndarray | None = None,
) -> Excerpt:
    """Return at most `samples` samples of a file, and its whole length, decoding no more than that.

    The crop starts where `seed`, a draw's uint64 seed, picks (see cropping.crop_start), or at the
    first sample where it is None. It equals the same crop of `read`, bit for bit. `out`, float32 of
    at least `samples`, may serve as memory for the result. Raises as `read` does.
    """
    if os.fspath(path).endswith(".flac"):
        into = np.empty(samples, np.float32) if out is None else out[:samples]
        position = -1.0 if seed is None else uniform(seed, CROP)
        lengths = _flac.clip(path, rate, position, into)
        if lengths is not None:
            length, written = lengths
            return Excerpt(into[:written], length)
    with _opened(path) as file:
        if file.samplerate == rate:
            length = int(file.frames)
            start = 0 if seed is None else crop_start(length, samples, seed)
            count = min(samples, length - start)
            return Excerpt(_decode(file, path, start, count, out=out), length)
    utterance = read(path, rate)
    start = 0 if seed is None else crop_start(len(utterance), samples, seed)
    return Excerpt(utterance[start : start + samples], len(utterance))


def _opened(path: str | os.PathLike[str]) -> Any:
    """Open a file with soundfile. Raises AudioError with the reason where that fails."""
    import soundfile

    try:
        file = soundfile.SoundFile(os.fspath(path))
    except soundfile.LibsndfileError as error:
        raise AudioError(_why_not(Path(path), error)) from None
    try:
        _check_length(file, path)
    except AudioError:
        file.close()
        raise
    return file


def _check_length(file: Any, path: Any) -> None:
    """Raise AudioError for a file without samples, of unknown length, or truncated.

    libsndfile silently shortens a truncated WAV file, but notes both sizes in its log. A program
    that writes WAV to a pipe cannot know the size and states 0, or 2 GB and more; such a file is
    accepted as it is.
    """
    if file.frames == 0:
        raise AudioError(f"{path}: the file holds no samples. Remove it from the protocol.")
    if file.frames >= UNKNOWN_LENGTH:
        raise AudioError(
            f"{path}: the header does not state the length, as when an encoder writes to a pipe. "
            "Encode it again into a file."
        )
    if file.format not in ("WAV", "WAVEX"):
        return
    sizes = re.search(r"^data : (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if sizes and int(sizes[2]) < int(sizes[1]) < 2**31 - 4096:
        raise AudioError(
            f"{path}: holds {sizes[2]} of the {sizes[1]} bytes of samples that its header states. "
            "The file is truncated: copy it again."
        )


def _why_not(path: Path, error: Exception) -> str:
    if not path.exists():
        return f"{path}: there is no such audio file. Check the protocol and the audio folder."
    if path.is_dir():
        return f"{path} is a folder, not an audio file."
    if not os.access(path, os.R_OK):
        return f"{path}: no permission to read this file."
    if path.stat().st_size == 0:
        return f"{path}: the file has zero bytes. Copy it again from its source."
    return (
        f"{path}: not readable as audio ({_reason(error)}). The file is damaged or in a format "
        "that libsndfile cannot read (it reads WAV, FLAC, OGG, MP3 and others): copy it again or "
        "convert it."
    )


def _reason(error: Exception) -> str:
    return str(getattr(error, "error_string", error)).removeprefix("Error : ").strip().rstrip(".")


def _decode(
    file: Any,
    path: Any,
    start: int,
    frames: int,
    dtype: str = "float32",
    out: np.ndarray | None = None,
    mix: bool = True,
) -> np.ndarray:
    """Return mono samples start .. start + frames - 1. A file for int16 must be mono.

    `out` may hold the result; it is used for mono files only. Without `mix`, the result is
    (frames, channels).
    """
    import soundfile

    into = out[:frames, None] if out is not None and file.channels == 1 else None
    try:
        if 0 < start < file.frames:
            file.seek(start)
        # Otherwise soundfile seeks to where it stopped, and FLAC decodes that block a second time.
        file.seekable = lambda: False
        samples = file.read(frames, dtype=dtype, always_2d=True, out=into)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{path}: decoding failed ({_reason(error)}). The file is damaged: copy it again."
        ) from None
    if len(samples) < frames:
        raise AudioError(
            f"{path}: ends after {start + len(samples)} of {file.frames} samples. The file is "
            "truncated or damaged: copy it again."
        )
    if file.subtype in ("FLOAT", "DOUBLE") and not np.isfinite(samples).all():
        raise AudioError(f"{path}: holds NaN or infinite samples. Render the file again.")
    return _mixed(samples) if mix else samples


def _mixed(samples: np.ndarray) -> np.ndarray:
    """Return (frames,): the mean of the channels of (frames, channels)."""
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)


def _resampled(samples: np.ndarray, source: int, target: int) -> np.ndarray:
    if source == target:
        return samples
    import soxr

    return soxr.resample(samples, source, target)
