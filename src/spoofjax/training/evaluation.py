"""Evaluation of whole splits at the end of a run: scores, metrics and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from spoofjax.cluster import hosts
from spoofjax.cluster.watchdog import Watchdog
from spoofjax.corpora.manifest import Manifest
from spoofjax.evaluation.breakdown import MAIN_COLUMNS, breakdown, varying_groups
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.decision import decision_at_eer, to_llr
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.metrics import eer, summary
from spoofjax.evaluation.scores import Scores, write_scores
from spoofjax.files import write_json
from spoofjax.report.markdown import write_report
from spoofjax.runs.folder import RunFolder, read_json
from spoofjax.runs.scores import write_key
from spoofjax.runs.weights import save_weights
from spoofjax.training import alarms, sharding
from spoofjax.training.assembly import Assembly
from spoofjax.training.scoring import score_split, scoring_batches
from spoofjax.training.step import TrainState, evaluated


def evaluate_splits(
    run: RunFolder,
    assembly: Assembly,
    state: TrainState,
    manifests: Mapping[str, Manifest],
    prior: float,
    *,
    decides: bool = True,
    leaks: Mapping[str, list[str]] | None = None,
    watchdog: Watchdog | None = None,
    groups: Sequence[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Write the weights, scores, metrics and report of a run; return the metrics by split.

    `prior` is the share of bona fide among the training draws. With `decides`, a dev split sets
    the run's decision; otherwise the recorded one stays. `leaks` are alarms to report, by split.
    `groups` are the columns to break results down by; the default is attack, codec and their
    crossing. Every process calls this; the first one writes.
    """
    watchdog = watchdog or Watchdog(0)
    weights = sharding.to_host((evaluated(state), state.constants), assembly.mesh)
    hosts.on_first(lambda: save_weights(run.path, *weights))
    decision = None if decides and "dev" in manifests else read_json(run.decision)
    results = {}
    # Dev comes first because the other splits need its decision.
    for split in sorted(manifests, key=("dev", "eval", "train").index):
        scored, scores, unread = _score(assembly, state, manifests[split], watchdog)
        if scored.labelled and split == "dev" and decides:
            _, threshold = eer(scores[scored.label == 1], scores[scored.label == 0])
            shift = assembly.experiment.loss.log_prior_shift
            decision = decision_at_eer(threshold, prior, shift)
        if scored.labelled and decision is not None:
            results[split] = _measure(scores, scored, decision, groups)
            results[split]["alarms"] = [
                *([alarms.COLLAPSE_ADVICE] if results[split]["collapse"]["fired"] else []),
                *alarms.of_eer(split, results[split]["eer"]),
                *alarms.of_unread(unread),
                *(leaks or {}).get(split, ()),
            ]
        hosts.on_first(partial(_write_scores, run, split, scored, scores))
        hosts.on_first(partial(_write_metrics, run, split, results.get(split), decision))
    hosts.on_first(lambda: write_report(run.path))
    return results


def _score(
    assembly: Assembly, state: TrainState, manifest: Manifest, watchdog: Watchdog
) -> tuple[Manifest, np.ndarray, list[str]]:
    """Return the utterances that could be read, their scores, and the ids of the others."""
    batches = scoring_batches(assembly, manifest)
    try:
        scores = score_split(assembly, state, manifest, batches, watchdog)
    finally:
        batches.close()
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
    """Return all numbers of one split as JSON values: summary, collapse check and breakdown."""
    labels, columns = manifest.label, Keys.of(manifest).columns
    if groups is None:
        groups = varying_groups({n: columns[n] for n in MAIN_COLUMNS if n in columns})
    llr = to_llr(decision, scores)
    return {
        "corpus": manifest.corpus,
        **summary(scores, labels, threshold=decision["threshold"], llr=llr),
        "collapse": collapse(scores, labels).to_json(),
        "by": breakdown(scores, labels, columns, groups),
    }


def _write_scores(run: RunFolder, split: str, manifest: Manifest, scores: np.ndarray) -> None:
    write_scores(run.scores(manifest.corpus, split), Scores(manifest.keys(), scores))
    if manifest.labelled:
        write_key(run.key(manifest.corpus, split), Keys.of(manifest))


def _write_metrics(
    run: RunFolder, split: str, metrics: dict[str, Any] | None, decision: Any
) -> None:
    if decision is not None:
        write_json(run.decision, decision)
    if metrics is not None:
        write_json(run.split_metrics(split), metrics)
