"""The training batches of an experiment: the loader is handed the parts that it uses."""

from __future__ import annotations

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.loading.buckets import Schedule
from spoofjax.loading.training_batches import TrainingBatches


def training_input(
    experiment: Experiment,
    manifest: Manifest,
    *,
    process: int = 0,
    processes: int = 1,
    schedule: Schedule | None = None,
) -> TrainingBatches:
    """Return the training batches of a split; the keywords are those of TrainingBatches."""
    return TrainingBatches(
        manifest,
        front_end=experiment.front_end,
        clip=experiment.clip,
        loading=experiment.loading,
        sampling=experiment.sampling,
        augment=experiment.augment,
        batch=experiment.batch,
        seed=experiment.seed,
        process=process,
        processes=processes,
        schedule=schedule,
    )
