"""Augmented copies of a split, for models that read what was computed once."""

from __future__ import annotations

from typing import Any

import numpy as np

from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Augmentation
from spoofjax.corpora.manifest import Manifest
from spoofjax.loading.evaluation_batches import EvaluationBatches


def with_copies(manifest: Manifest, copies: int) -> Manifest:
    """Return a split followed by so many copies of it; those of T_1 are T_1~1, T_1~2 and so on."""
    if not copies:
        return manifest
    rows = np.tile(np.arange(len(manifest)), copies)
    repeated = manifest.take(rows)
    numbers = np.repeat(np.arange(1, copies + 1), len(manifest))
    ids = [f"{id_}~{n}" for id_, n in zip(repeated.ids.tolist(), numbers.tolist(), strict=True)]
    return Manifest.concatenate([manifest, _renamed(repeated, np.array(ids))])


def _renamed(manifest: Manifest, ids: np.ndarray) -> Manifest:
    return Manifest(
        ids,
        manifest.label,
        manifest.files,
        manifest.columns,
        manifest.samples,
        manifest.segments,
        manifest.shares,
    )


class CopyBatches(EvaluationBatches):
    """Evaluation batches in which copies are augmented, as a function of the seed and the row."""

    _changes = True

    def __init__(
        self,
        manifest: Manifest,
        *,
        augment: Augmentation,
        seed: int,
        first_row: int,
        originals: int,
        **options: Any,
    ):
        """The manifest is rows first_row .. of `with_copies`, whose first `originals` stay clean.

        `options` are those of EvaluationBatches.
        """
        super().__init__(manifest, **options)
        augment.check(self.front_end.rate)
        self._augment, self._seed = augment, seed
        self._first_row, self._originals = first_row, originals

    def _change(self, row: int, clip: np.ndarray) -> None:
        """Augment the valid samples of a copy in place."""
        number = self._first_row + row
        if number < self._originals:
            return
        seeds = np.atleast_1d(draw_seeds(self._seed, number))
        clip[:] = self._augment(clip[None], seeds, self.front_end.rate, threads=1)[0]
