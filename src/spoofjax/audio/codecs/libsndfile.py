"""Codecs that libsndfile brings: MP3, Opus, Vorbis and GSM 06.10."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from spoofjax.errors import AudioError

MP3_KILOBITS = (8.0, 160.0)
"""Range over which libsndfile spreads its level for MP3 at 16 to 24 kHz (MPEG-2)."""
OPUS_KILOBITS = (6.0, 256.0)
"""Range over which libsndfile spreads its level for a channel of Opus."""


def mp3(samples: np.ndarray, rate: int, kilobits: float) -> np.ndarray:
    """Return samples after MP3 at a constant bit rate; `rate` is 16,000 to 24,000 Hz."""
    level = _level(kilobits, MP3_KILOBITS)
    options = {"compression_level": level, "bitrate_mode": "CONSTANT"}
    return _round_trip(samples, rate, "MP3", "MPEG_LAYER_III", **options)


def opus(samples: np.ndarray, rate: int, kilobits: float) -> np.ndarray:
    """Return samples after Opus; `rate` is 8, 12, 16, 24 or 48 kHz."""
    level = _level(kilobits, OPUS_KILOBITS)
    return _round_trip(samples, rate, "OGG", "OPUS", compression_level=level)


def vorbis(samples: np.ndarray, rate: int, quality: float) -> np.ndarray:
    """Return samples after Vorbis at a quality from 0 to 1, the 0 to 10 of oggenc."""
    return _round_trip(samples, rate, "OGG", "VORBIS", compression_level=1 - quality)


def gsm(samples: np.ndarray, rate: int, kilobits: float) -> np.ndarray:
    """Return samples after GSM 06.10 (full rate), which has the one bit rate of 13 kbit/s."""
    return _round_trip(samples, rate, "WAV", "GSM610")


def missing(container: str, subtype: str) -> Callable[[], str]:
    """Return a function that says whether libsndfile lacks a format."""

    def text() -> str:
        import soundfile

        if subtype in soundfile.available_subtypes(container):
            return ""
        version = soundfile.__libsndfile_version__
        return f"libsndfile {version} cannot write {subtype} in {container}"

    return text


def _level(kilobits: float, kilobits_range: tuple[float, float]) -> float:
    """Return libsndfile's compression level, 0 for the highest bit rate and 1 for the lowest."""
    low, high = kilobits_range
    return (high - kilobits) / (high - low)


def _round_trip(
    samples: np.ndarray, rate: int, container: str, subtype: str, **options: Any
) -> np.ndarray:
    import soundfile

    try:
        with io.BytesIO() as file:
            soundfile.write(file, samples, rate, format=container, subtype=subtype, **options)
            file.seek(0)
            return soundfile.read(file, dtype="float32")[0]
    except soundfile.LibsndfileError as error:
        raise AudioError(f"libsndfile could not code a clip as {subtype}: {error}.") from error
