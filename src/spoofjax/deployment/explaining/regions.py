"""Regions of cells that are deleted: smooth in outline, so that no edge is heard.

A level that falls to the background from one cell to the next is itself a sign of synthesis to a
detector. With the detector that comes with spoofjax, deleting single cells moves the score of
whatever utterance towards spoof, by 5 to 30. Regions with soft edges move it by 1 to 3.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.ndimage import gaussian_filter

SHARE = 0.1
"""The share of all cells that is marked."""
SPREAD_SECONDS = 0.03
SPREAD_BANDS = 0.04
"""Standard deviations of the smoothing: in time, and as a share of the bands."""
MOST_OVERLAP = 0.5
"""The largest share of the marked cells that a random region may hold."""
PATCHES = (16, 8)
"""Patches of an occlusion, over time and over frequency."""


def smoothed(values: np.ndarray, frame_seconds: float) -> np.ndarray:
    """Return float32 (frames, bands): values or a region (frames, bands) without hard edges."""
    spread = SPREAD_SECONDS / frame_seconds, SPREAD_BANDS * values.shape[1]
    return gaussian_filter(values.astype(np.float32), spread, mode="nearest")


def deleted(levels: np.ndarray, baseline: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Return float32 (frames, bands): `levels` with the baseline where a soft region is 1."""
    return levels + region * (baseline - levels)


def marked_cells(support: np.ndarray, frame_seconds: float) -> np.ndarray:
    """Return bool (frames, bands): the tenth of the cells around which there is most support.

    `support` is below 0 where cells speak against the verdict. Neighbours of both signs cancel,
    which leaves what a region adds as a whole.
    """
    around = smoothed(support, frame_seconds)
    count = max(round(SHARE * around.size), 1)
    mask = np.zeros(around.size, bool)
    mask[np.argsort(around, axis=None, kind="stable")[-count:]] = True
    return mask.reshape(around.shape)


def random_regions(
    marked: np.ndarray, number: int, generator: np.random.Generator
) -> Iterable[np.ndarray]:
    """Yield copies of a mask (frames, bands), each moved at random in time and in frequency.

    What leaves at one end comes in at the other. Copies that hold more than half of the marked
    cells are drawn again, a hundred times at most.
    """
    for _ in range(number):
        region = marked
        for _ in range(100):
            region = np.roll(marked, generator.integers(marked.shape), axis=(0, 1))
            if (region & marked).sum() <= MOST_OVERLAP * marked.sum():
                break
        yield region


def patches(frames: int, bands: int) -> list[np.ndarray]:
    """Return masks (frames, bands) of sixteen parts of the time times eight of the frequencies."""
    masks = []
    for times in np.array_split(np.arange(frames), min(PATCHES[0], frames)):
        for rows in np.array_split(np.arange(bands), min(PATCHES[1], bands)):
            mask = np.zeros((frames, bands), bool)
            mask[np.ix_(times, rows)] = True
            masks.append(mask)
    return masks
