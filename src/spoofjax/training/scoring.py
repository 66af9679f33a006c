"""Scores of a whole split by the model in training or at the end of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from spoofjax.cluster.hosts import total
from spoofjax.errors import TrainingError
from spoofjax.loading.batches import Batch
from spoofjax.training.sharding import bounds_steps, put_batch


def score_split(
    predict: Callable[..., jax.Array],
    params: Any,
    constants: Any,
    batches: Iterable[Batch],
    utterances: int,
    mesh: Mesh,
) -> np.ndarray:
    """Return float64 (utterances,): the score of each utterance, in the manifest's order.

    `predict` returns its scores replicated, so every process sees them all. Utterances that could
    not be read have NaN. Raises TrainingError where another score is not finite.
    """
    scores, read = [], np.zeros(utterances, np.int64)
    bounded = bounds_steps(mesh)
    for batch in batches:
        read[batch.indices[batch.indices >= 0]] = 1
        features, lengths = put_batch((batch.features, batch.lengths), mesh)
        result = predict(params, constants, features, lengths)
        if bounded:
            result.block_until_ready()
        scores.append((batch.rows, result))
    found = np.full(utterances, np.nan)
    for rows, result in scores:
        there = rows >= 0
        found[rows[there]] = np.asarray(result, np.float64)[there]
    unread = total(read) == 0  # Each process knows of its own share.
    found[unread] = np.nan
    broken = np.flatnonzero(~np.isfinite(found) & ~unread)
    if len(broken):
        raise TrainingError(
            f"{len(broken)} of {utterances} scores are not finite (first: utterance {broken[0]} "
            "of the split). The model has diverged: lower the learning rate, or check the audio."
        )
    return found
