"""Evaluation of a run's best checkpoint, during training or after it, also on another corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError, RunError
from spoofjax.runs.folder import RunFolder, read_json
from spoofjax.training import alarms
from spoofjax.training.assembly import assemble
from spoofjax.training.checkpoints import CheckpointStore
from spoofjax.training.evaluation import evaluate_splits


def evaluate_best(
    run: RunFolder,
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    groups: Sequence[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Evaluate a run's best checkpoint on splits; `experiment` may name another corpus.

    `groups` are the columns to break results down by, as in `evaluate_splits`. Only the run's own
    dev split may change its threshold. Raises RunError if the run has no checkpoint yet, or no
    decision and no dev split to make one from.
    """
    own = run.experiment()
    store = CheckpointStore(run.checkpoints, experiment.checkpoints.keep, writes=False)
    # Nothing is trained here, so the batch need not divide over these devices in parts.
    assembly = assemble(experiment.replace(accumulate=1), steps=1)
    restored = store.restore_best(assembly.state)
    store.close()
    has_decision = run.decision.is_file()
    is_calibrated = has_decision and read_json(run.decision)["calibration"] is not None
    decides = experiment.data == own.data and not is_calibrated
    if not (has_decision or (decides and "dev" in manifests)):
        raise RunError(
            f"{run.path} has no decision yet: evaluate its own dev split first "
            f"(`spoofjax evaluate {run.path} --split dev`)."
        )
    return evaluate_splits(
        run,
        assembly,
        restored.state,
        manifests,
        restored.notes["prior"],
        decides=decides,
        leaks=_leaks_from_training(own, manifests),
        groups=groups,
    )


def _leaks_from_training(
    own: Experiment, manifests: Mapping[str, Manifest]
) -> dict[str, list[str]]:
    """Return the leakage alarms of splits against the run's own training split."""
    if "train" in manifests:
        return alarms.of_leakage(manifests)
    try:
        return alarms.of_leakage({"train": own.data.manifest("train"), **manifests})
    except CorpusError:
        return {}  # The run may have moved to a machine without its training corpus.
