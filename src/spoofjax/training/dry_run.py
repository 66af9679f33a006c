"""`--dry-run`: times a few steps of every shape, to know the cost of a run before it starts."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np

from spoofjax.cluster.allocator import keep_freed_memory
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.loading.batches import Batch
from spoofjax.loading.buckets import Bucket, lines_of
from spoofjax.loading.training_batches import TrainingBatches
from spoofjax.training.assembly import Assembly, assemble, steps_of
from spoofjax.training.compiled_step import Compiled, compile_steps
from spoofjax.training.input import training_input
from spoofjax.training.memory import check_step, memory_line
from spoofjax.training.sent_features import send_training
from spoofjax.training.step import TrainState

TIMED_STEPS = 3


class Timed(NamedTuple):
    """Timed steps of one bucket: the last batch, and the fewest seconds to load and to compute."""

    bucket: Bucket
    batch: Batch
    loading: float
    computing: float

    @property
    def seconds(self) -> float:
        """Seconds that the bucket takes in an epoch."""
        # Loading and computing overlap, so the slower of the two determines the time.
        return max(self.loading, self.computing) * self.bucket.steps


def dry_run(experiment: Experiment, manifests: Mapping[str, Manifest]) -> str:
    """Return shapes, class counts, parameters, memory and the expected time per epoch as text."""
    if experiment.keep_memory and jax.default_backend() == "cpu":
        keep_freed_memory()
    batches = training_input(experiment, manifests["train"])
    try:
        schedule = batches.schedule
        steps = steps_of(experiment, schedule.epoch)
        assembly = assemble(experiment, steps, is_new=True)
        if assembly.takes_samples or assembly.step_frames is not None:
            batches.close()
            batches = training_input(
                experiment,
                manifests["train"],
                schedule=schedule,
                sends_samples=assembly.takes_samples,
                step_frames=assembly.step_frames,
            )
        compiled = compile_steps(assembly, batches.blanks())
        check_step(assembly, compiled)
        state, timed = assembly.state, []
        for bucket in schedule.buckets:
            timing, state = _time(bucket, batches, assembly, compiled, state)
            timed.append(timing)
    finally:
        batches.close()
    seconds = sum(one.seconds for one in timed)
    utterances = sum(one.bucket.size * one.bucket.steps for one in timed)
    names = lines_of(schedule, manifests["train"], experiment.front_end.rate)
    rows = []
    for name, one in zip(names, timed, strict=True):
        rows += [("bucket", name)] if experiment.clip.train_buckets else []
        rows += _rows(one)
    rows += [
        ("parameters", f"{assembly.parameters:,}"),
        ("devices", f"{assembly.mesh.devices.size} {assembly.mesh.devices.flat[0].device_kind}"),
        ("steps", f"{steps} ({schedule.epoch} an epoch)"),
        ("compilation", f"{compiled.seconds:.1f} s"),
        ("memory of a step", memory_line(assembly, compiled)),
        ("time per epoch", f"about {seconds:.0f} s ({utterances / seconds:.0f} utt/s)"),
    ]
    return "\n".join(f"{name:18} {value}" for name, value in rows)


def _time(
    bucket: Bucket,
    batches: TrainingBatches,
    assembly: Assembly,
    compiled: Compiled,
    state: TrainState,
) -> tuple[Timed, TrainState]:
    """Time the first steps of a bucket; return the times and the state after them."""
    own_steps = (step for step in itertools.count() if batches.schedule.at(step)[0] is bucket)
    loaded, loading, computing = [], [], []
    send = send_training(assembly, state.constants)
    for step in itertools.islice(own_steps, TIMED_STEPS):
        started = time.perf_counter()
        loaded.append(batches.batch(step))
        loading.append(time.perf_counter() - started)
        started = time.perf_counter()
        state, measured = compiled.step(state, assembly.put(send(loaded[-1])), assembly.key)
        measured.loss.block_until_ready()
        computing.append(time.perf_counter() - started)
    return Timed(bucket, loaded[-1], min(loading), min(computing)), state


def _rows(one: Timed) -> list[tuple[str, str]]:
    batch, drawn = one.batch, np.bincount(one.batch.labels, minlength=2)
    return [
        (
            "features" if batch.features.ndim > 2 else "samples",
            f"{batch.features.dtype} {batch.features.shape}",
        ),
        ("lengths", f"{batch.lengths.min()} to {batch.lengths.max()}"),
        ("classes in a batch", f"{drawn[1]} bona fide, {drawn[0]} spoof"),
        (
            "one batch",
            f"{one.loading * 1e3:.0f} ms to load, {one.computing * 1e3:.0f} ms to compute",
        ),
    ]
