"""Evaluation of whole splits at the end of a run: scores, metrics and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from spoofjax.cluster import hosts
from spoofjax.cluster.watchdog import Watchdog
from spoofjax.corpora.manifest import Manifest
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.locating import localisation_of
from spoofjax.evaluation import findings
from spoofjax.evaluation.breakdown import breakdown, main_groups
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.decision import calibrated, decision_at_eer, to_llr
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.metrics import Costs, eer, summary
from spoofjax.evaluation.scores import Scores, write_scores
from spoofjax.files import write_json
from spoofjax.report.markdown import write_report
from spoofjax.runs.attributions import write_attributions
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.results import Results, own_results
from spoofjax.runs.scores import write_key
from spoofjax.runs.weights import save_weights
from spoofjax.training import alarms, sharding
from spoofjax.training.assembly import Assembly
from spoofjax.training.known_attacks import known_attacks_of
from spoofjax.training.scoring import score_split, scoring_batches
from spoofjax.training.step import TrainState, evaluated
from spoofjax.training.traced_split import TracedSplit, trace_split


def evaluate_splits(
    run: RunFolder,
    assembly: Assembly,
    state: TrainState,
    manifests: Mapping[str, Manifest],
    prior: float,
    *,
    decides: bool = True,
    calibrates: bool = False,
    places: Mapping[str, Results] | None = None,
    leaks: Mapping[str, list[str]] | None = None,
    watchdog: Watchdog | None = None,
    groups: Sequence[str] | None = None,
    dev_scores: np.ndarray | None = None,
    train: Manifest | None = None,
) -> dict[str, dict[str, Any]]:
    """Write the weights, scores, metrics and report of a run; return the metrics by title.

    `prior` is the share of bona fide among the training draws. With `decides`, a dev split sets
    the run's decision; otherwise the recorded one stays. With `calibrates`, that decision has a
    calibration, fitted on dev with the costs of ASVspoof 5. `places` says where the results of each
    split go; the default is among the run's own. If all go elsewhere, weights and report stay as
    they are. `leaks` are alarms to report, by split. `groups` are the columns to break results down
    by; the default is that of `main_groups`. `dev_scores` are what `score_split` has returned for
    dev and this state; without them dev is scored here. `train` is the run's training split, from
    which a run that traces attacks learns where they lie when its decision is set. A split without
    labels, or with one class, is scored but has no metrics. Every process calls this; the first one
    writes.
    """
    watchdog = watchdog or Watchdog(0)
    if places is None:
        places = {s: own_results(run, manifest.corpus, s) for s, manifest in manifests.items()}
    changes_run = any(place.is_own for place in places.values())
    if changes_run or not run.weights.is_file():
        weights = sharding.to_host((evaluated(state), state.constants), assembly.mesh)
        hosts.on_first(lambda: save_weights(run.path, *weights))
    decision = None if decides and "dev" in manifests else run.read_decision()
    known_attacks = known_attacks_of(run, assembly, state, decision, train, watchdog)
    results = {}
    # Dev comes first because the other splits need its decision.
    for split in sorted(manifests, key=("dev", "eval", "train").index):
        place, scores = places[split], dev_scores if split == "dev" else None
        if scores is None:
            scores = _score(assembly, state, manifests[split], watchdog)
        is_read = ~np.isnan(scores)
        traced = None
        if assembly.experiment.tracing.attacks:
            asked = manifests[split], is_read, known_attacks, watchdog
            traced = trace_split(assembly, state, *asked)
        scored, scores, unread = _read_ones(manifests[split], scores)
        if split == "dev" and decides and scored.labelled:
            _, threshold = eer(scores[scored.label == 1], scores[scored.label == 0])
            shift = assembly.experiment.loss.log_prior_shift
            decision = decision_at_eer(threshold, prior, shift)
            if traced is not None:
                decision["tracing"] = traced.rejection()
            if calibrates:
                decision = calibrated(decision, scores, scored.label, Costs())
            if not place.is_own:
                decision["threshold_from"] += f"; {place.title}"
                decision |= place.chosen_on
            hosts.on_first(partial(write_json, run.decision, decision))
        metrics = None
        if decision is not None and scored.labelled and not scored.missing_classes:
            metrics = _measure(scores, scored, decision, groups)
            if traced is not None:
                metrics["tracing"] = traced.metrics(decision)
            metrics["alarms"] = [
                *_collapse_advice(run, metrics),
                *alarms.of_unread(unread),
                # A split without metrics has no alarms of its own, so the first one names it.
                *([] if results else alarms.of_classes(manifests)),
                *(leaks or {}).get(split, ()),
            ]
            metrics |= _localisation(assembly, state, decision, scored, watchdog)
            results[place.title] = metrics
        hosts.on_first(partial(_write_results, place, scored, scores, metrics, traced))
    if changes_run:
        hosts.on_first(lambda: write_report(run.path))
    return results


def _score(
    assembly: Assembly, state: TrainState, manifest: Manifest, watchdog: Watchdog
) -> np.ndarray:
    batches = scoring_batches(assembly, manifest)
    try:
        return score_split(assembly, state, manifest, batches, watchdog)
    finally:
        batches.close()


def _localisation(
    assembly: Assembly,
    state: TrainState,
    decision: Mapping[str, Any],
    manifest: Manifest,
    watchdog: Watchdog,
) -> dict[str, Any]:
    """Return {'localisation': the table} in the first process, {} where there is no table.

    There is one for a network that scores steps and a split with segment labels. Every process
    calls this.
    """
    if assembly.step_frames is None or manifest.segments is None:
        return {}
    weights = sharding.to_host((evaluated(state), state.constants), assembly.mesh)
    detector = Detector(assembly.experiment, dict(decision), *weights)
    tables = {}

    def locate() -> None:
        table = localisation_of(detector, manifest, lambda i: watchdog.over(i, "the localisation"))
        if table is not None:
            tables["localisation"] = table

    hosts.on_first(locate)
    return tables


def _read_ones(manifest: Manifest, scores: np.ndarray) -> tuple[Manifest, np.ndarray, list[str]]:
    """Return the utterances that could be read, their scores, and the ids of the others."""
    is_unread = np.isnan(scores)
    if not is_unread.any():
        return manifest, scores, []
    return manifest.take(~is_unread), scores[~is_unread], manifest.ids[is_unread].tolist()


def _measure(
    scores: np.ndarray,
    manifest: Manifest,
    decision: Mapping[str, Any],
    groups: Sequence[str] | None,
) -> dict[str, Any]:
    """Return all numbers of one split as JSON values: summary, collapse, breakdown, findings."""
    labels, columns = manifest.label, Keys.of(manifest).columns
    if groups is None:
        groups = main_groups(columns)
    llr = to_llr(decision, scores)
    metrics = {
        "corpus": manifest.corpus,
        **summary(scores, labels, threshold=decision["threshold"], llr=llr),
        "collapse": collapse(scores, labels).to_json(),
        "by": breakdown(scores, labels, columns, groups),
    }
    if "corpus" in decision:
        metrics["decision_corpus"] = decision["corpus"]
    return {**metrics, "findings": findings.to_json(findings.findings(metrics))}


def _collapse_advice(run: RunFolder, metrics: Mapping[str, Any]) -> list[str]:
    """Return the advice on a collapse, which does not help where the scores are reversed."""
    if not metrics["collapse"]["fired"] or findings.is_reversed(metrics):
        return []
    return [alarms.collapse_advice(run)]


def _write_results(
    place: Results,
    manifest: Manifest,
    scores: np.ndarray,
    metrics: dict[str, Any] | None,
    traced: TracedSplit | None,
) -> None:
    """Write all files of one split; those that it does not have are removed."""
    place.write_origin()
    write_scores(place.scores, Scores(manifest.keys(), scores))
    if traced is not None:
        write_attributions(place.attributions, traced.attributions())
    if manifest.labelled:
        write_key(place.key, Keys.of(manifest))
    else:
        place.key.unlink(missing_ok=True)
    if metrics is not None:
        write_json(place.metrics, metrics)
    else:
        place.metrics.unlink(missing_ok=True)
