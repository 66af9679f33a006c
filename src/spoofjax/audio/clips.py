"""The one preparation of a clip: what a model hears of an utterance in evaluation and scoring.

An utterance is cut to the clip's length, or repeated or padded where it is shorter, and then
brought to its level. The loader takes these steps in the rows of a batch, `prepared` takes them for
one waveform; both give the same samples.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from spoofjax.audio.cropping import set_level
from spoofjax.config import Clip
from spoofjax.errors import AudioError

Short = Literal["tile", "pad"]


def bucket_of(lengths: np.ndarray | int, buckets: tuple[int, ...]) -> np.ndarray:
    """Return int64, like `lengths`: the smallest bucket that holds each, or the largest one."""
    return np.minimum(np.searchsorted(np.asarray(buckets), lengths), len(buckets) - 1)


def heard_samples(length: int, clip: Clip) -> int:
    """Return the samples of the clip in which an utterance of `length` samples is evaluated."""
    return clip.buckets[int(bucket_of(length, clip.buckets))] if clip.buckets else clip.evaluate


def most_samples(clip: Clip) -> int:
    """Return the samples of the longest clip that evaluation makes."""
    return clip.buckets[-1] if clip.buckets else clip.evaluate


def fill(out: np.ndarray, count: int, short: Short) -> int:
    """Complete a clip whose first `count` samples are written; return how many are valid.

    With "tile" they are repeated to the end of `out` (samples,); with "pad" the rest is left as it
    is.
    """
    if short == "pad":
        return count
    for begin in range(count, len(out), count):
        out[begin : begin + count] = out[: min(count, len(out) - begin)]
    return len(out)


def finish(out: np.ndarray, valid: int, level_dbfs: float | None) -> None:
    """Write zeros after the valid samples of `out` (samples,) and bring these to their level.

    A level needs float32. Without one the samples may have any dtype and stay as they are.
    """
    out[valid:] = 0
    if valid and level_dbfs is not None:
        out[:valid] = set_level(out[:valid], level_dbfs)


def prepared(
    waveform: np.ndarray, clip: Clip, samples: int | None = None
) -> tuple[np.ndarray, int]:
    """Return (float32 (samples,), valid samples) of a waveform (n,), as evaluation hears it.

    `samples` is the length of the clip; None takes `heard_samples`. Raises AudioError for a
    waveform that is empty, not of one channel, or holds NaN or infinite samples.
    """
    if waveform.ndim != 1 or len(waveform) == 0:
        raise AudioError(f"Expected one channel of samples, not an array {waveform.shape}.")
    if not np.all(np.isfinite(waveform)):
        raise AudioError("The waveform holds NaN or infinite samples.")
    out = np.zeros(samples or heard_samples(len(waveform), clip), np.float32)
    count = min(len(waveform), len(out))
    out[:count] = waveform[:count]
    valid = fill(out, count, clip.short)
    finish(out, valid, clip.level_dbfs)
    return out, valid
