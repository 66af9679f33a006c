"""Judging a model: on dev while it trains, and on every labelled split from its best checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np

from spoofjax.cluster import hosts
from spoofjax.cluster.watch import Watchdog
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError, RunError
from spoofjax.evaluation.breakdown import MAIN_COLUMNS, breakdown, varying_groups
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.metrics import eer, min_dcf, summary
from spoofjax.evaluation.scores import Scores, write_scores
from spoofjax.files import write_json
from spoofjax.loading.batches import Batches
from spoofjax.loading.prefetch import evaluation_batches
from spoofjax.report.markdown import write_report
from spoofjax.runs.folder import RunFolder, read_json
from spoofjax.runs.scores import to_llr, write_key
from spoofjax.runs.weights import save_weights
from spoofjax.training import alarms, sharding
from spoofjax.training.assembly import Assembly, assemble
from spoofjax.training.checkpoints import CheckpointStore
from spoofjax.training.scoring import score_split
from spoofjax.training.step import TrainState, evaluated


class DevJudge:
    """Tries the model on dev, remembers the best so far and sounds the collapse alarm."""

    def __init__(self, assembly: Assembly, dev: Manifest, prior: float, watchdog: Watchdog):
        self._assembly, self._dev, self._prior = assembly, dev, prior
        self._watchdog = watchdog
        self._batches = dev_batches(assembly, dev)
        self._best: tuple[float, float] = (math.inf, math.inf)
        self._best_step = 0

    @property
    def notes(self) -> dict[str, Any]:
        """What a checkpoint remembers of the judging: JSON values."""
        best = [value for value in self._best if value < math.inf]
        return {"best_step": self._best_step, "best": best, "prior": self._prior}

    def recall(self, notes: Mapping[str, Any]) -> None:
        """Take up where the run left off."""
        if notes.get("best"):
            self._best = (notes["best"][0], notes["best"][1])
            self._best_step = notes["best_step"]

    def judge(self, step: int, steps: int, state: TrainState) -> dict[str, Any]:
        """Return what the run's history says of dev at this step.

        `best` is true for the best so far, which is that of the lowest minDCF, then the lowest EER.
        """
        scores = scores_of(self._assembly, state, self._dev, self._batches, self._watchdog)
        read = ~np.isnan(scores)
        scores, labels = scores[read], self._dev.label[read]
        bonafide, spoof = scores[labels == 1], scores[labels == 0]
        rate, _ = eer(bonafide, spoof)
        cost = float(min_dcf(bonafide, spoof))
        best = (cost, float(rate)) < self._best
        if best:
            self._best, self._best_step = (cost, float(rate)), step
        found = collapse(scores, labels)
        late = step >= self._assembly.experiment.evaluation.warm_up * steps
        raised = [*alarms.of_collapse(found), *alarms.of_eer("dev", float(rate))] if late else []
        return {
            "dev.eer": float(rate),
            "dev.min_dcf": cost,
            "best": best,
            "collapse": list(found.reasons) if late else [],
            "alarms": raised,
            "unread": int(np.sum(~read)),
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
    assembly: Assembly,
    state: TrainState,
    manifest: Manifest,
    batches: Batches,
    watchdog: Watchdog,
) -> np.ndarray:
    """Return float64 (utterances,): the model's score of every utterance of a manifest.

    NaN stands for an utterance that could not be read, where the configuration says 'skip'.
    """
    prefetch, devices = assembly.experiment.loading.prefetch, assembly.mesh.devices.size
    made = evaluation_batches(batches, evaluation_batch(assembly), prefetch, devices)
    return score_split(
        assembly.predict,
        evaluated(state),
        state.constants,
        watchdog.over(made, "an evaluation"),
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
    manifests: Mapping[str, Manifest],
    prior: float,
    decide: bool = True,
    leaks: Mapping[str, list[str]] | None = None,
    watchdog: Watchdog | None = None,
    groups: Sequence[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Score splits; write scores/, report/metrics.<split>.json and the report; return the metrics.

    `prior` is the share of bona fide among the training draws. With `decide`, a dev split sets
    the run's threshold; otherwise the decision already there stays. `leaks` are alarms
    to report by split; `groups` are those of `measure`. Every process calls this; the first writes.
    """
    watchdog = watchdog or Watchdog(0)
    weights = sharding.to_host((evaluated(state), state.constants), assembly.mesh)
    hosts.on_first(lambda: save_weights(run.path, *weights))
    odds = prior_log_odds(assembly.experiment, prior)
    decided = None if decide and "dev" in manifests else read_json(run.decision)
    results = {}
    for name in sorted(manifests, key=("dev", "eval", "train").index):
        manifest = manifests[name]
        batches = dev_batches(assembly, manifest)
        try:
            scores = scores_of(assembly, state, manifest, batches, watchdog)
        finally:
            batches.close()
        unread = manifest.ids[np.isnan(scores)].tolist()
        if unread:
            manifest, scores = manifest.take(~np.isnan(scores)), scores[~np.isnan(scores)]
        if manifest.labelled and name == "dev" and decide:
            _, threshold = eer(scores[manifest.label == 1], scores[manifest.label == 0])
            decided = decision(threshold, prior, odds)
        if manifest.labelled and decided is not None:
            results[name] = measure(scores, manifest, decided, groups)
            results[name]["alarms"] = [
                *([alarms.COLLAPSE_ADVICE] if results[name]["collapse"]["fired"] else []),
                *alarms.of_eer(name, results[name]["eer"]),
                *alarms.of_unread(unread),
                *(leaks or {}).get(name, ()),
            ]
        hosts.on_first(partial(_write_scores, run, name, manifest, scores))
        hosts.on_first(partial(_write_metrics, run, name, results.get(name), decided))
    hosts.on_first(lambda: write_report(run.path))
    return results


def _write_scores(run: RunFolder, split: str, manifest: Manifest, scores: np.ndarray) -> None:
    ids = manifest.keys()
    write_scores(run.scores(manifest.corpus, split), Scores(ids, scores))
    if manifest.labelled:
        write_key(run.key(manifest.corpus, split), Keys.of(manifest))


def _write_metrics(run: RunFolder, split: str, metrics: Any, decided: Any) -> None:
    if decided is not None:
        write_json(run.decision, decided)
    if metrics is not None:
        write_json(run.split_metrics(split), metrics)


def evaluate_best(
    run: RunFolder,
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    groups: Sequence[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Evaluate a run's best checkpoint on splits; `experiment` may name another corpus.

    `groups` are the columns to break the results down by, as `measure` takes them.
    Only the run's own dev split may move its threshold. Raises RunError where the run has no
    checkpoint yet, or no decision and no dev split to make one from.
    """
    own = run.experiment()
    store = CheckpointStore(run.checkpoints, experiment.checkpoints.keep, writes=False)
    # Nothing is trained here, so the batch need not fit these devices in parts.
    assembly = assemble(experiment.replace(accumulate=1), steps=1)
    restored = store.restore_best(assembly.state)
    store.close()
    decide = experiment.data == own.data and not _calibrated(run)
    if not (run.decision.is_file() or (decide and "dev" in manifests)):
        raise RunError(
            f"{run.path} has no decision yet: evaluate its own dev split first "
            f"(`spoofjax evaluate {run.path} --split dev`)."
        )
    prior = restored.notes["prior"]
    leaks = _leaks_from_training(own, manifests)
    return evaluate_run(
        run, assembly, restored.state, manifests, prior, decide, leaks, groups=groups
    )


def _calibrated(run: RunFolder) -> bool:
    return run.decision.is_file() and read_json(run.decision)["calibration"] is not None


def _leaks_from_training(
    own: Experiment, manifests: Mapping[str, Manifest]
) -> dict[str, list[str]]:
    if "train" in manifests:
        return alarms.of_leakage(manifests)
    try:
        return alarms.of_leakage({"train": own.data.manifest("train"), **manifests})
    except CorpusError:
        return {}  # The detector may have moved to a machine without its training corpus.


def prior_log_odds(experiment: Experiment, prior: float) -> float:
    """Return the log odds of bona fide that a trained logit carries.

    It comes from the share of bona fide among the draws and from the loss's class weights; an
    uncalibrated log-likelihood ratio is the logit less this.
    """
    return math.log(prior / (1 - prior)) + experiment.loss.log_prior_shift


def decision(threshold: float, prior: float, odds: float) -> dict[str, Any]:
    """Return a run's decision: how scores become verdicts and likelihood ratios."""
    return {
        "threshold": threshold,
        "threshold_from": "the official EER threshold on dev; bona fide at score >= threshold",
        "prior": prior,
        "prior_meaning": "share of bona fide among the training draws",
        "log_prior_odds": odds,
        "calibration": None,
    }


def measure(
    scores: np.ndarray,
    manifest: Manifest,
    decided: Mapping[str, Any],
    groups: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return all numbers of one split as JSON values: headline, decisions, alarm, breakdown.

    `groups` name what to break the results down by; by default attack, codec and their crossing.
    """
    labels, columns = manifest.label, Keys.of(manifest).columns
    if groups is None:
        groups = varying_groups({n: columns[n] for n in MAIN_COLUMNS if n in columns})
    return {
        "corpus": manifest.corpus,
        **summary(
            scores,
            labels,
            threshold=decided["threshold"],
            llr=to_llr(decided, scores),
        ),
        "collapse": collapse(scores, labels).to_json(),
        "by": breakdown(scores, labels, columns, groups),
    }
