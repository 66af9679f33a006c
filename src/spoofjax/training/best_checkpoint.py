"""Evaluation of a run's best checkpoint, during training or after it, also on another corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax

from spoofjax.config import Corpus, Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.deployment.detector import Detector
from spoofjax.errors import CorpusError, RunError
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.own_corpus import is_own
from spoofjax.runs.results import Results, own_results, results_elsewhere
from spoofjax.training import alarms
from spoofjax.training.assembly import Assembly, assemble
from spoofjax.training.checkpoints import CheckpointStore
from spoofjax.training.evaluation import evaluate_splits
from spoofjax.training.step import TrainState


def places_of(
    run: RunFolder, corpus: Corpus, manifests: Mapping[str, Manifest]
) -> dict[str, Results]:
    """Return where the results of each split go: to the run's own only if the corpus is its own."""
    return {
        split: own_results(run, manifest.corpus, split)
        if is_own(run, corpus, split, manifest)
        else results_elsewhere(run, corpus, split, manifest)
        for split, manifest in manifests.items()
    }


def evaluate_best(
    run: RunFolder,
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    groups: Sequence[str] | None = None,
    *,
    places: Mapping[str, Results] | None = None,
    sets_decision: bool = False,
) -> dict[str, dict[str, Any]]:
    """Evaluate a run's best checkpoint on splits; `experiment` may name another corpus.

    `groups` are the columns to break results down by, as in `evaluate_splits`. `places` says where
    the results go; the default is what `places_of` returns. The run's own dev split sets its
    decision unless that is calibrated; with `sets_decision`, dev of any corpus sets it, without a
    calibration. Raises RunError if the run has no checkpoint yet, or no decision and no dev split
    to make one from.
    """
    if places is None:
        places = places_of(run, experiment.data, manifests)
    # Nothing is trained here, so the batch need not divide over these devices in parts.
    assembly = assemble(experiment.replace(accumulate=1), steps=1)
    state, prior = _best_state(run, assembly)
    has_decision = run.decision.is_file()
    is_calibrated = has_decision and run.read_decision()["calibration"] is not None
    is_own_dev = "dev" in places and places["dev"].is_own
    decides = sets_decision or (is_own_dev and not is_calibrated)
    if not (has_decision or (decides and "dev" in manifests)):
        raise RunError(
            f"{run.path} has no decision yet: evaluate its own dev split first "
            f"(`spoofjax evaluate {run.path} --split dev`)."
        )
    train = _training_split(run, experiment)
    return evaluate_splits(
        run,
        assembly,
        state,
        manifests,
        prior,
        decides=decides,
        places=places,
        leaks=_leaks_from_training(train, manifests),
        groups=groups,
        train=train,
    )


def _best_state(run: RunFolder, assembly: Assembly) -> tuple[TrainState, float]:
    """Return the state of the best checkpoint, and the share of bona fide among the draws.

    An imported run has no checkpoint; its state is that of its weights.
    """
    if run.imported.is_file():
        detector = Detector.load(run.path)
        state = assembly.state._replace(params=detector.params, constants=detector.constants)
        return jax.device_put(state, assembly.layout), run.read_decision().get("prior", 0.5)
    store = CheckpointStore(run.checkpoints, assembly.experiment.checkpoints.keep, writes=False)
    restored = store.restore_best(assembly.state)
    store.close()
    return restored.state, restored.notes["prior"]


def _training_split(run: RunFolder, experiment: Experiment) -> Manifest | None:
    """Return the run's own training split, wherever it lies now; None where it cannot be found."""
    for corpus in (run.experiment().data, experiment.data):
        try:
            manifest = corpus.manifest("train")
        except CorpusError:
            continue  # The run may have moved to a machine without its training corpus.
        if is_own(run, corpus, "train", manifest):
            return manifest
    return None


def _leaks_from_training(
    train: Manifest | None, manifests: Mapping[str, Manifest]
) -> dict[str, list[str]]:
    """Return the leakage alarms of splits against the run's own training split."""
    if "train" in manifests:
        return alarms.of_leakage(manifests)
    return {} if train is None else alarms.of_leakage({"train": train, **manifests})
