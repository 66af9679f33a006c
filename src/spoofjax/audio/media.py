"""Formats that libsndfile cannot read (AAC, AMR, WMA, WebM), by PyAV or the program ffmpeg."""

from __future__ import annotations

import functools
import importlib.util
import itertools
import math
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spoofjax.audio.sounds import MOST_VALUES, DecodedSound, check_length, decoding
from spoofjax.errors import AudioError, EmptyAudio

MEDIA_SUFFIXES = frozenset({".m4a", ".mp4", ".aac", ".amr", ".wma", ".webm"})
"""Suffixes, in lower case, of files that need one of the two decoders."""
REMEDY = "Install PyAV (pip install 'spoofjax[media]') or the program ffmpeg."
STATED_FORMATS = frozenset({"mov", "mp4", "m4a", "matroska", "webm", "asf"})
"""Containers whose header states the duration; the others estimate it from the bit rate."""


@functools.cache
def media_decoder() -> Literal["PyAV", "ffmpeg"] | None:
    """Return which of the two decoders is installed, or None."""
    if importlib.util.find_spec("av") is not None:
        return "PyAV"
    return "ffmpeg" if shutil.which("ffmpeg") else None


def is_media(path: Any, suffix: str | None = None) -> bool:
    """Whether the suffix, by default that of the path, is of a format libsndfile cannot read."""
    return (suffix or _suffix(path)) in MEDIA_SUFFIXES


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
    name = os.fsdecode(path)
    decoder, suffix = media_decoder(), suffix or _suffix(path)
    if decoder is None:
        raise AudioError(f"{name}: libsndfile cannot read {suffix} files. {REMEDY}")
    with decoding(name):
        decode = _by_pyav if decoder == "PyAV" else _by_ffmpeg
        samples, length, rate = decode(path, seconds, longest)
    if not len(samples):
        raise EmptyAudio(f"{name}: the file holds no samples. Remove it from the protocol.")
    return DecodedSound(name, samples, rate, suffix[1:].upper(), "compressed", length)


def _suffix(path: Any) -> str:
    return os.path.splitext(os.fsdecode(path))[1].lower()


def _by_pyav(
    path: Any, seconds: float | None, longest: float | None
) -> tuple[np.ndarray, int, int]:
    """Return float32 (samples, channels), the length of all samples, and the rate."""
    import av  # type: ignore[import-not-found]  # extra `media`
    import av.error  # type: ignore[import-not-found]

    name = os.fsdecode(path)
    parts: list[np.ndarray] = []
    length = 0
    try:
        with av.open(name) as container:
            if not container.streams.audio:
                raise AudioError(f"{name}: the file has no audio stream.")
            stream = container.streams.audio[0]
            resampler = av.AudioResampler(format="fltp")
            for frame in itertools.chain(container.decode(stream), [None]):  # None flushes
                for part in resampler.resample(frame):
                    if seconds is None or length < seconds * part.sample_rate:
                        parts.append(part.to_ndarray())
                    length += part.samples
                    check_length(name, length, part.sample_rate, part.layout.nb_channels, longest)
            rate = int(stream.codec_context.sample_rate)
            stated = float((container.duration or 0) / av.time_base)
    except av.error.FFmpegError as error:
        raise AudioError(
            f"{name}: decoding failed ({error.strerror}). The file is damaged: copy it again."
        ) from None
    samples = np.concatenate(parts, axis=1).T if parts else np.zeros((0, 1), np.float32)
    _check_duration(name, container.format.name, length / rate, stated)
    return np.ascontiguousarray(samples), length, rate


def _by_ffmpeg(
    path: Any, seconds: float | None, longest: float | None
) -> tuple[np.ndarray, int, int]:
    """Return float32 (samples, channels), the length of all samples, and the rate."""
    import soundfile

    name = os.fsdecode(path)
    stop = []
    if longest is not None:  # a second more than allowed is enough to know
        stop = ["-t", str(longest + 1), "-fs", str(round(4 * MOST_VALUES * (longest + 1)))]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "decoded.wav")
        # The prefix keeps a name with a colon or a leading '-' from meaning something else.
        result = subprocess.run(
            [
                "ffmpeg", "-nostdin", "-hide_banner", "-v", "level+info", "-xerror",
                "-i", b"file:" + os.fsencode(path), "-map", "0:a:0", *stop,
                "-c:a", "pcm_f32le", target,
            ],
            capture_output=True,
        )  # fmt: skip
        log = result.stderr.decode(errors="replace")
        if result.returncode != 0 or not target.is_file():
            errors = re.findall(r"\[(?:error|fatal)\] (.+)", log) or ["no reason given"]
            raise AudioError(
                f"{name}: decoding failed ({errors[-1].strip()}). The file is damaged or holds no "
                "audio: copy it again."
            )
        with soundfile.SoundFile(target) as file:
            length, rate = int(file.frames), int(file.samplerate)
            check_length(name, length, rate, file.channels, longest)
            most = -1 if seconds is None else math.ceil(seconds * rate)
            samples = file.read(most, dtype="float32", always_2d=True)
    container = re.search(r"Input #0, ([\w,]+), from", log)
    duration = re.search(r"Duration: (\d+):(\d+):([\d.]+)", log)
    if container and duration:
        hours, minutes, seconds = map(float, duration.groups())
        stated = 3600 * hours + 60 * minutes + seconds
        _check_duration(name, container[1], length / rate, stated)
    return samples, length, rate


def _check_duration(name: str, container: str, seconds: float, stated: float) -> None:
    """Raise AudioError where a container states a longer duration than was decoded.

    `container` is ffmpeg's name, several names with commas.
    """
    # Durations are rounded, and decoders drop the encoder's delay of some hundred milliseconds.
    if STATED_FORMATS & set(container.split(",")) and seconds < 0.98 * stated - 0.2:
        raise AudioError(
            f"{name}: ends after {seconds:.2f} of the {stated:.2f} s that its header states. The "
            "file is truncated: copy it again."
        )
