"""Clips of embeddings, for detectors that score what an encoder has computed before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spoofjax.audio.clips import fill
from spoofjax.config import Experiment
from spoofjax.corpora.embedded.arrays import Arrays
from spoofjax.features.embeddings import Embeddings


def embedding_clips(
    experiment: Experiment, paths: Sequence[str], frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return float32 (utterances, frames, coefficients) and int64 (utterances,) valid frames.

    `paths` are those of a manifest of embeddings. Raises AudioError and ConfigError.
    """
    front_end = experiment.front_end
    assert isinstance(front_end, Embeddings)
    clips = np.zeros((len(paths), frames, front_end.coefficients), np.float32)
    lengths = np.zeros(len(paths), np.int64)
    arrays = Arrays()
    for slot, path in enumerate(paths):
        array = front_end.as_frames(*arrays.read(path), path)[:frames]
        clips[slot, : len(array)] = array.reshape(len(array), -1)
        lengths[slot] = fill(clips[slot], len(array), experiment.clip.short)
    arrays.close()
    return clips, lengths
