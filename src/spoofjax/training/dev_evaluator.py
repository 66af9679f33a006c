"""Evaluation on dev during training: which checkpoint is the best so far, and is there collapse?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from spoofjax.cluster.watchdog import Watchdog
from spoofjax.corpora.manifest import Manifest
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.findings import of_ranking
from spoofjax.evaluation.metrics import auc, eer, min_dcf
from spoofjax.training import alarms
from spoofjax.training.assembly import Assembly
from spoofjax.training.scoring import score_split, scoring_batches
from spoofjax.training.step import TrainState


class DevEvaluator:
    """Evaluates the model on dev, remembers the best result and raises the collapse alarm."""

    def __init__(self, assembly: Assembly, dev: Manifest, prior: float, watchdog: Watchdog):
        """`prior` is the share of bona fide among the training draws; checkpoints record it."""
        self._assembly, self._dev, self._prior = assembly, dev, prior
        self._watchdog = watchdog
        self._batches = scoring_batches(assembly, dev)
        self._best: tuple[float, float] = (math.inf, math.inf)
        self._best_step = 0
        self._best_scores: np.ndarray | None = None

    def scores_of(self, step: int) -> np.ndarray | None:
        """Return float64 (utterances,): the scores of dev after `step` if that was the best so far.

        They are those that `score_split` returned. None after another step, and where an earlier
        process of a resumed run evaluated this step.
        """
        return self._best_scores if step == self._best_step else None

    @property
    def notes(self) -> dict[str, Any]:
        """What a checkpoint records of the evaluations: JSON values."""
        best = [value for value in self._best if value < math.inf]
        return {"best_step": self._best_step, "best": best, "prior": self._prior}

    def restore(self, notes: Mapping[str, Any]) -> None:
        """Continue from the notes of a checkpoint."""
        if notes.get("best"):
            self._best = (notes["best"][0], notes["best"][1])
            self._best_step = notes["best_step"]

    def evaluate(self, step: int, steps: int, state: TrainState) -> dict[str, Any]:
        """Return the results on dev after `step` of `steps`, as a line of the run's history.

        `best` tells whether they are the best so far: the lowest minDCF, then the lowest EER.
        """
        every_score = score_split(self._assembly, state, self._dev, self._batches, self._watchdog)
        is_read = ~np.isnan(every_score)
        scores, labels = every_score[is_read], self._dev.label[is_read]
        bonafide, spoof = scores[labels == 1], scores[labels == 0]
        rate, _ = eer(bonafide, spoof)
        result = (float(min_dcf(bonafide, spoof)), float(rate))
        is_best = result < self._best
        if is_best:
            self._best, self._best_step = result, step
            self._best_scores = every_score
        reasons: list[str] = []
        raised: list[str] = []
        # An untrained model always looks collapsed, so alarms wait for the warm-up.
        if step >= self._assembly.experiment.evaluation.warm_up * steps:
            check = collapse(scores, labels)
            reasons = list(check.reasons)
            raised = [*alarms.of_collapse(check), *_of_ranking(float(rate), bonafide, spoof)]
        return {
            "dev.eer": result[1],
            "dev.min_dcf": result[0],
            "best": is_best,
            "collapse": reasons,
            "alarms": raised,
            "unread": int(np.sum(~is_read)),
        }

    def close(self) -> None:
        """End the reading threads."""
        self._batches.close()


def _of_ranking(rate: float, bonafide: np.ndarray, spoof: np.ndarray) -> list[str]:
    """Return the alarm of reversed or random scores, as the report raises it."""
    counts = {"bonafide": len(bonafide), "spoof": len(spoof)}
    return [f.text for f in of_ranking({"eer": rate, "auc": auc(bonafide, spoof), **counts})]
