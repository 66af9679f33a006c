"""What a run heard in training: the levels and DC offsets of the first clips that it draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from spoofjax.audio.judging import QUIET
from spoofjax.loading.training_batches import TrainingBatches

CLIPS = 128
"""Clips that are measured, or a few more: a tenth of a second of decoding."""


def training_audio(batches: TrainingBatches) -> dict[str, Any] | None:
    """Return JSON values about the first training clips, before level and augmentation.

    `clips` counts them. `largest_dc_share` is the largest mean as a share of the RMS around it, and
    `level_dbfs` the lowest and highest level of that RMS. Silent clips do not count; None where
    there are no others, and for embeddings. `batches` must load whole batches, not one process's
    share.
    """
    if batches.front_end.sample_shape:
        return None
    shares, levels, step = [], [], 0
    drawn = 0
    while drawn < CLIPS:
        waveforms, lengths = batches.clips(step)
        for waveform, length in zip(waveforms, lengths, strict=True):
            own = waveform[:length].astype(np.float64)
            if np.ptp(own) >= QUIET:
                shares.append(abs(own.mean()) / own.std())
                levels.append(20 * np.log10(own.std()))
        step, drawn = step + 1, drawn + len(waveforms)
    if not shares:
        return None
    return {
        "clips": len(shares),
        "largest_dc_share": float(max(shares)),
        "level_dbfs": [float(min(levels)), float(max(levels))],
    }
