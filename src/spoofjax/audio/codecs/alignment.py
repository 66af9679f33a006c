"""How much later a codec gives its samples back."""

from __future__ import annotations

import numpy as np

from spoofjax.audio.seeds import normals, uniforms

PADDING_SECONDS = 0.1
"""Silence after a clip, which codecs with frames and delays need to give all of it back."""
REFERENCE_SECONDS = 1.0
MOST_DELAY_SECONDS = 0.2
FORMANTS = ((500, 80), (1500, 120), (2500, 200))
"""Centres and widths in Hz of the resonances of the reference, as of a neutral vowel."""


def speech_like(rate: int) -> np.ndarray:
    """Return float32 samples that codecs of speech keep in shape, with one clear place in time.

    They are pulses through resonances, as in voiced speech. Their distances are random, so that the
    signal resembles itself at no other place.
    """
    count = int(REFERENCE_SECONDS * rate)
    gaps = 1 / (90 + 120 * uniforms(np.uint64(1), int(REFERENCE_SECONDS * 210)))
    places = (np.cumsum(gaps) * rate).astype(int)
    pulses = 0.02 * normals(2, count)
    pulses[places[places < count]] += 1
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    resonances = [1 / (1 + ((frequencies - f) / width) ** 2) for f, width in FORMANTS]
    samples = np.fft.irfft(np.fft.rfft(pulses) * np.sum(resonances, axis=0), count)
    return (0.3 * samples / np.abs(samples).max()).astype(np.float32)


def delay_of(decoded: np.ndarray, reference: np.ndarray) -> int:
    """Return by how many samples `decoded` comes later, at the peak of the cross-correlation.

    Both are (samples,); the delay is at most a fifth of the reference's length either way.
    """
    size = len(decoded) + len(reference)
    spectrum = np.fft.rfft(decoded, size) * np.conj(np.fft.rfft(reference, size))
    most = int(len(reference) * MOST_DELAY_SECONDS / REFERENCE_SECONDS)
    products = np.fft.irfft(spectrum, size)
    near = np.concatenate([products[-most:], products[: most + 1]])
    return int(np.argmax(near)) - most


def shifted(samples: np.ndarray, delay: int, count: int) -> np.ndarray:
    """Return float32 (count,): samples from place `delay` on, zeros where there are none."""
    result = np.zeros(count, np.float32)
    part = samples[max(delay, 0) : max(delay + count, 0)]
    first = min(max(-delay, 0), count)
    part = part[: count - first]
    result[first : first + len(part)] = part
    return result
