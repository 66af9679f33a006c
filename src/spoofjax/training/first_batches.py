"""What a new run learns from its first training batches, before step 1."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from spoofjax.config import Model
from spoofjax.loading.batches import Batch
from spoofjax.loading.training_audio import training_audio
from spoofjax.loading.training_batches import TrainingBatches

STANDARDIZATION_BATCHES = 8


class FirstBatches(NamedTuple):
    """What the first training batches tell."""

    statistics: tuple[np.ndarray, np.ndarray] | None
    """Mean and deviation of each coefficient, for a new run whose model standardizes its input."""
    examples: Batch | None
    """Utterances that a new network learns from."""
    audio: dict[str, Any] | None
    """The levels that training hears, where they are asked for."""


def read_first_batches(
    batches: TrainingBatches, model: Model, is_new: bool, records_audio: bool
) -> FirstBatches:
    """Read what a run needs of its first training batches, and close them.

    A resumed run has statistics and codebooks from its checkpoint, so that it reads neither. This
    computes on the host alone and may run in a thread beside jax.
    """
    try:
        statistics = feature_statistics(batches) if is_new and model.standardizes else None
        audio = training_audio(batches) if records_audio else None
        examples = first_examples(batches, model.examples) if is_new else None
        return FirstBatches(statistics, examples, audio)
    finally:
        batches.close()


def first_examples(batches: TrainingBatches, count: int) -> Batch | None:
    """Return the utterances of the first `count` training batches as one batch; None for 0.

    Frames are padded to the longest batch. `batches` must load whole batches, as for
    `feature_statistics`.
    """
    if count == 0:
        return None
    parts = [batches.batch(step) for step in range(count)]
    frames = max(part.features.shape[1] for part in parts)

    def lengthened(features: np.ndarray) -> np.ndarray:
        padding = [(0, 0)] * features.ndim
        padding[1] = (0, frames - features.shape[1])
        return np.pad(features, padding)

    return Batch(
        np.concatenate([lengthened(part.features) for part in parts]),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.indices for part in parts]),
    )


def feature_statistics(batches: TrainingBatches) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation, float32 (coefficients,), over the first training batches.

    Padded frames do not count. `batches` must load whole batches, not one process's share, so that
    the result depends on the seed alone.
    """
    count, total, squares = 0, np.zeros(1), np.zeros(1)
    for step in range(STANDARDIZATION_BATCHES):
        batch = batches.batch(step)
        # A single utterance stays in the processor's cache; whole batches take five times as long.
        for features, length in zip(batch.features, batch.lengths, strict=True):
            own = features[:length].astype(np.float64)
            if own.ndim == 1:
                own = own[:, None]
            count += len(own)
            total = total + own.sum(0)
            squares = squares + np.square(own).sum(0)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - np.square(mean), 1e-10))
    return mean.astype(np.float32), deviation.astype(np.float32)
