"""Lightly changed copies of clips, over which a detector can average its score."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from spoofjax.audio.augmentation import ChannelVariation
from spoofjax.audio.seeds import draw_seeds

LIGHT = ChannelVariation(
    equalise=1.0, gain_db=2.0, noise=1.0, snr_db=(30.0, 45.0), low_pass=0.3, narrow=0.0
)
"""What is done to a copy: less than in training, so that a copy is speech of its class still."""


def changed_copies(
    clips: np.ndarray, lengths: np.ndarray, count: int, rate: int
) -> Iterator[np.ndarray]:
    """Yield `count` times changed copies, float32 (batch, samples), of prepared clips.

    `clips` is float32 (batch, samples) at `rate` Hz, of which the first `lengths`, (batch,), are
    valid; the others stay as they are. A copy is a function of the valid samples of its clip and
    its number, whatever the batch.
    """
    valid = [clip[:length] for clip, length in zip(clips, lengths.tolist(), strict=True)]
    seeds = [_seed(samples) for samples in valid]
    for number in range(count):
        copies = clips.copy()
        for copy, samples, seed in zip(copies, valid, seeds, strict=True):
            drawn = np.atleast_1d(draw_seeds(seed, number))
            copy[: len(samples)] = LIGHT(samples[None], drawn, rate, threads=1)[0]
        yield copies


def _seed(samples: np.ndarray) -> int:
    digest = hashlib.blake2b(np.ascontiguousarray(samples).tobytes(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
