"""Scores of utterances that are given as cells, and the derivatives of these scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from spoofjax.deployment.detector import Detector
from spoofjax.deployment.explaining.cells import Cells, Levels, cells_of

BATCH = 16
"""Variants of an utterance that are scored at a time."""


class Utterance(NamedTuple):
    """A prepared clip in cells."""

    levels: np.ndarray
    """float32 (frames, bands), without frames that hold nothing but padding."""
    all_levels: jax.Array
    """float32 (1, all frames, bands)."""
    rest: object
    """What else its features depend on; see cells.Levels."""
    valid: int
    """Samples that are not padding."""


class Scorer:
    """A detector that scores cells. Each length of clips is compiled once."""

    def __init__(self, detector: Detector):
        """Raises ConfigError for a detector that scores embeddings."""
        detector.require_audio()
        self.cells: Cells = cells_of(detector.experiment.front_end)
        self.frame_seconds = self.cells.hop / detector.experiment.front_end.rate
        self.weights = jax.device_put((detector.params, detector.constants))
        cells, predict = self.cells, detector.predict

        def scores(weights, values: jax.Array, rest, valid: jax.Array) -> jax.Array:
            count = len(values)
            rest = jax.tree.map(lambda x: jnp.broadcast_to(x, (count, *x.shape[1:])), rest)
            lengths = jnp.broadcast_to(valid, count)
            return predict(*weights, *cells.features(Levels(values, rest), lengths))

        def slopes(weights, values: jax.Array, start: jax.Array, shares, rest, valid) -> jax.Array:
            between = start + shares[:, None, None] * (values - start)
            return jax.grad(lambda x: scores(weights, x, rest, valid).sum())(between).sum(axis=0)

        self._split = jax.jit(cells.levels)
        self.score_cells: Callable[..., jax.Array] = scores
        """(weights, float32 (batch, frames, bands), rest, valid) -> scores (batch,)."""
        self._scores, self._slopes = jax.jit(scores), jax.jit(slopes)

    def utterance(self, clip: np.ndarray, valid: int) -> Utterance:
        """Return a prepared clip, float32 (samples,), in cells."""
        levels = self._split(clip[None], np.array([valid], np.int32))
        frames = self.cells.frames(valid)
        return Utterance(np.asarray(levels.values[0, :frames]), levels.values, levels.rest, valid)

    def scores(self, utterance: Utterance, variants: Sequence[np.ndarray]) -> np.ndarray:
        """Return float64 (variants,): the scores of the utterance with other levels.

        Each variant is float32 (frames, bands) like the levels of the utterance.
        """
        results = []
        for first in range(0, len(variants), BATCH):
            members = variants[first : first + BATCH]
            # A batch is filled up, so that only one size is compiled.
            filled = [*members, *[utterance.levels] * (BATCH - len(members))]
            values = self._with_padding(utterance, np.stack(filled))
            scores = self._scores(self.weights, values, utterance.rest, utterance.valid)
            results.append(np.asarray(scores, np.float64)[: len(members)])
        return np.concatenate(results)

    def slopes(self, utterance: Utterance, start: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """Return float64 (frames, bands): the sum of the score's derivatives along a line.

        The line leads from `start`, float32 (frames, bands), to the utterance; `shares`, whose
        number is a multiple of BATCH, says at which points of it, from 0 to 1.
        """
        frames = len(utterance.levels)
        values = self._with_padding(utterance, utterance.levels[None])
        begin = self._with_padding(utterance, start[None])
        slopes: Callable = partial(self._slopes, self.weights, values, begin)
        total = np.zeros(utterance.levels.shape)
        for points in np.asarray(shares, np.float32).reshape(-1, BATCH):
            summed = slopes(points, utterance.rest, utterance.valid)
            total += np.asarray(summed[:frames], np.float64)
        return total

    def _with_padding(self, utterance: Utterance, variants: np.ndarray) -> jax.Array:
        """Put the frames of padding behind those of each variant."""
        padding = utterance.all_levels[:, variants.shape[1] :]
        repeated = jnp.broadcast_to(padding, (len(variants), *padding.shape[1:]))
        return jnp.concatenate([jnp.asarray(variants), repeated], axis=1)
