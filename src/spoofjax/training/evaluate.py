"""Judging a model: on dev while it trains, and on every labelled split from its best checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from spoofjax.corpora.manifest import Manifest
from spoofjax.evaluation.breakdown import breakdown
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.metrics import eer, min_dcf, summary
from spoofjax.evaluation.report import write_report
from spoofjax.evaluation.scores import Scores, write_scores
from spoofjax.loading.batches import Batches, evaluation_batches
from spoofjax.loading.sampling import prior_of
from spoofjax.training.assembly import Assembly
from spoofjax.training.run_folder import RunFolder, read_json, write_json
from spoofjax.training.scoring import score_split
from spoofjax.training.step import TrainState, evaluated


class DevJudge:
    """Tries the model on dev, remembers the best so far and sounds the collapse alarm."""

    def __init__(self, assembly: Assembly, dev: Manifest):
        self._assembly, self._dev = assembly, dev
        self._batches = dev_batches(assembly, dev)
        self._best: tuple[float, float] = (math.inf, math.inf)
        self._best_step = 0

    @property
    def notes(self) -> dict[str, Any]:
        """What a checkpoint remembers of the judging: JSON values."""
        return {"best_step": self._best_step, "best": [v for v in self._best if v < math.inf]}

    def recall(self, notes: Mapping[str, Any]) -> None:
        """Take up where the run left off."""
        if notes.get("best"):
            self._best = (notes["best"][0], notes["best"][1])
            self._best_step = notes["best_step"]

    def judge(self, step: int, steps: int, state: TrainState) -> dict[str, Any]:
        """Return what metrics.jsonl says of dev at this step; `best` is true for the best so far.

        The best is that of the lowest minDCF, then the lowest EER.
        """
        scores = scores_of(self._assembly, state, self._dev, self._batches)
        labels = self._dev.label
        bonafide, spoof = scores[labels == 1], scores[labels == 0]
        rate, _ = eer(bonafide, spoof)
        cost = float(min_dcf(bonafide, spoof))
        best = (cost, float(rate)) < self._best
        if best:
            self._best, self._best_step = (cost, float(rate)), step
        alarm = collapse(scores, labels)
        late = step >= self._assembly.experiment.evaluation.warm_up * steps
        return {
            "dev.eer": float(rate),
            "dev.min_dcf": cost,
            "best": best,
            "collapse": list(alarm.reasons) if alarm.fired and late else [],
        }

    def close(self) -> None:
        """End the reading threads."""
        self._batches.close()


def dev_batches(assembly: Assembly, manifest: Manifest) -> Batches:
    """Return this process's maker of evaluation batches."""
    return Batches(
        assembly.experiment,
        manifest,
        process=jax.process_index(),
        processes=jax.process_count(),
    )


def scores_of(
    assembly: Assembly, state: TrainState, manifest: Manifest, batches: Batches
) -> np.ndarray:
    """Return float64 (utterances,): the model's score of every utterance of a manifest."""
    experiment = assembly.experiment
    size = evaluation_batch(assembly)
    return score_split(
        assembly.predict,
        evaluated(state),
        state.constants,
        evaluation_batches(batches, size, experiment.loading.prefetch),
        len(manifest),
        assembly.mesh,
    )


def evaluation_batch(assembly: Assembly) -> int:
    """Return the evaluation batch, rounded up to a multiple of the devices."""
    devices = assembly.mesh.devices.size
    return -(-assembly.experiment.evaluation.batch // devices) * devices


def evaluate_run(
    run: RunFolder,
    assembly: Assembly,
    state: TrainState,
    splits: Mapping[str, Manifest],
    *,
    decide: bool,
) -> dict[str, dict[str, Any]]:
    """Score splits, write scores/, report/metrics.<split>.json and the report; return the metrics.

    With `decide` and a dev split the threshold and the prior go into decision.json first.
    """
    prior = prior_log_odds(assembly, run)
    results = {}
    for name in sorted(splits, key=("dev", "eval", "train").index):
        manifest = splits[name]
        batches = dev_batches(assembly, manifest)
        try:
            scores = scores_of(assembly, state, manifest, batches)
        finally:
            batches.close()
        write_scores(run.path / "scores" / f"{manifest.corpus}.{name}.tsv", Scores(manifest.ids, scores))
        if not manifest.labelled:
            continue
        labels = manifest.label
        if decide and name == "dev":
            _, threshold = eer(scores[labels == 1], scores[labels == 0])
            write_json(run.decision, decision(float(threshold), prior))
        results[name] = measure(scores, manifest, run, prior)
        write_json(run.path / "report" / f"metrics.{name}.json", results[name])
    write_report(run.path)
    return results
