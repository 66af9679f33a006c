"""The input of an experiment: the loader is handed the parts that it uses."""

from __future__ import annotations

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.loading.buckets import Schedule
from spoofjax.loading.memory import check_batches
from spoofjax.loading.prefetch import CONCURRENT
from spoofjax.loading.training_batches import TrainingBatches


def check_memory(experiment: Experiment, processes: int = 1) -> None:
    """Raise ConfigError where a batch cannot fit into memory, before anything is read."""
    front_end, clip = experiment.front_end, experiment.clip
    ahead = max(experiment.loading.prefetch, CONCURRENT)
    if experiment.steps is not None:
        ahead = min(experiment.steps, ahead)
    check_batches("--batch", experiment.batch, clip.train, front_end, ahead, processes)
    check_batches(
        "--evaluation.batch", experiment.evaluation.batch, clip.evaluate, front_end, 1, processes
    )


def training_input(
    experiment: Experiment,
    manifest: Manifest,
    *,
    process: int = 0,
    processes: int = 1,
    schedule: Schedule | None = None,
    sends_samples: bool = False,
    step_frames: int | None = None,
) -> TrainingBatches:
    """Return the training batches of a split; the keywords are those of TrainingBatches."""
    return TrainingBatches(
        manifest,
        front_end=experiment.front_end,
        clip=experiment.clip,
        loading=experiment.loading,
        sampling=experiment.sampling,
        augment=experiment.augment,
        synthesis=experiment.synthesis,
        batch=experiment.batch,
        seed=experiment.seed,
        process=process,
        processes=processes,
        schedule=schedule,
        reference=experiment.reference,
        tracing=experiment.tracing,
        sends_samples=sends_samples,
        splicing=experiment.splicing,
        step_frames=step_frames,
    )
