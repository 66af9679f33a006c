"""Samples of a microphone, by the package sounddevice (extra `microphone`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from spoofjax.errors import AudioError

REMEDY = "Install it with pip install 'spoofjax[microphone]', and PortAudio where it is missing."


def microphone(rate: int, seconds: float, device: str | None = None) -> Iterator[np.ndarray]:
    """Yield float32 (n,), mono at `rate` Hz, about every `seconds`, without end.

    `device` is the number of an input, or a part of its name; None is the usual one. Raises
    AudioError where sounddevice is missing or the device cannot be opened or read.
    """
    sounddevice = require_sounddevice()
    try:
        number = int(device) if device is not None and device.isdigit() else device
        with sounddevice.InputStream(
            samplerate=rate, channels=1, dtype="float32", device=number
        ) as stream:
            while True:
                samples, _ = stream.read(round(seconds * rate))
                yield np.ascontiguousarray(samples[:, 0])
    except (sounddevice.PortAudioError, ValueError) as error:
        raise AudioError(
            f"The microphone cannot be used: {error}. `python -m sounddevice` lists what --device "
            "may name."
        ) from error


def require_sounddevice() -> Any:
    """Return the package sounddevice. Raises AudioError, which says how to install it."""
    try:
        import sounddevice  # type: ignore[import-not-found]  # extra `microphone`
    except ImportError as error:
        raise AudioError(f"Listening needs the package sounddevice. {REMEDY}") from error
    except OSError as error:  # the package is there, but not the library that it calls
        raise AudioError(f"sounddevice cannot be used: {error}. {REMEDY}") from error
    return sounddevice
