"""The outline and the spectrogram of a recording, small enough for a JSON answer."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

COLUMNS = 480
"""The most columns of a picture."""
BANDS = 80
"""Rows of the spectrogram: bands of equal width on the mel scale."""
FRAME = 512
"""Samples of a frame."""
FRAMES_PER_COLUMN = 2
"""Frames that are averaged in one column; more of them would only take longer."""
RANGE_DB = 70.0
"""Decibels from black to the loudest value."""


def pictures(samples: np.ndarray, rate: int) -> dict[str, Any]:
    """Return the waveform's outline and the spectrogram of float32 (samples,) as JSON values.

    Both have the same columns, which cover the recording evenly. Bytes are in base64, row by row:
    of the outline the lowest and the highest sample of each column in 1/127, int8 (columns, 2); of
    the spectrogram the level, uint8 (bands, columns), 255 the loudest and 0 a level RANGE_DB below;
    the lowest band comes first.
    """
    columns = max(1, min(COLUMNS, len(samples) // 80))
    return {
        "columns": columns,
        "outline": _text(outline(samples, columns)),
        "spectrogram": _text(spectrogram(samples, rate, columns)),
        "bands": BANDS,
        "top_hz": rate / 2,
    }


def outline(samples: np.ndarray, columns: int) -> np.ndarray:
    """Return int8 (columns, 2): the lowest and the highest sample of each column, in 1/127."""
    edges = np.linspace(0, len(samples), columns, endpoint=False).astype(np.int64)
    lowest, highest = np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)
    return np.rint(np.clip(np.stack([lowest, highest], 1), -1, 1) * 127).astype(np.int8)


def spectrogram(samples: np.ndarray, rate: int, columns: int) -> np.ndarray:
    """Return uint8 (BANDS, columns): the level of each band, RANGE_DB below the loudest is 0."""
    padded = np.pad(samples, (0, max(0, FRAME - len(samples))))
    places = np.linspace(0, len(padded) - FRAME, columns * FRAMES_PER_COLUMN).astype(np.int64)
    first, width = mel_bands(rate)
    power = np.empty((columns, BANDS), np.float32)
    window = np.hanning(FRAME).astype(np.float32)
    step = 64  # columns at a time, so that a long recording needs little memory
    for start in range(0, columns, step):
        stop = min(start + step, columns)
        at = places[start * FRAMES_PER_COLUMN : stop * FRAMES_PER_COLUMN]
        frames = padded[at[:, None] + np.arange(FRAME)] * window
        waves = np.fft.rfft(frames, axis=1)
        spectrum = np.square(waves.real) + np.square(waves.imag)
        mean = spectrum.reshape(stop - start, FRAMES_PER_COLUMN, -1).mean(axis=1)
        power[start:stop] = np.add.reduceat(mean, first, axis=1) / width
    decibels = 10 * np.log10(power + 1e-12)
    levels = (decibels - decibels.max()) / RANGE_DB + 1
    return np.rint(np.clip(levels, 0, 1) * 255).astype(np.uint8).T


def mel_bands(rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first bin of each band and its number of bins, both int64 (BANDS,).

    The last band reaches to the last bin. Where bands are narrower than bins, two share one. The
    mel scale is 2595 log10(1 + f / 700) (O'Shaughnessy, 1987). Sums over bins need no product of
    matrices, whose threads wait for one another while several requests compute pictures.
    """
    mels = np.linspace(0, np.log10(1 + rate / 1400), BANDS, endpoint=False)
    first = (700 * (10**mels - 1) * FRAME / rate).astype(np.int64)
    return first, np.maximum(np.diff(first, append=FRAME // 2 + 1), 1)


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
