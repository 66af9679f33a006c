"""The story of a run, from top to bottom: input, model, step, loop, verdict."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import TrainingError
from spoofjax.loading.batches import Batch, Batches, training_batches
from spoofjax.loading.sampling import prior_of
from spoofjax.training import sharding
from spoofjax.training.allocator import keep_freed_memory
from spoofjax.training.assembly import (
    Assembly,
    assemble,
    compile_step,
    feature_statistics,
    steps_of,
)
from spoofjax.training.checkpoints import CheckpointStore
from spoofjax.training.evaluate import DevJudge, evaluate_run
from spoofjax.training.progress import Progress
from spoofjax.training.run_folder import MetricsFile, RunFolder, environment, write_json


def train(
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    out: Path,
    *,
    resume: bool = False,
    quiet: bool = False,
) -> dict[str, Any]:
    """Train, evaluate and report one experiment in the folder `out`.

    `manifests` are the corpus's splits; 'train' and 'dev' must be among them, both with labels.
    Returns the metrics of the evaluated splits by name. Raises subclasses of SpoofjaxError; what
    was done up to the last checkpoint stays.
    """
    # ------------------------------------------------------------- run folder
    run = RunFolder(out)
    run.lock()
    run.start(experiment, resume)
    write_json(run.path / "environment.json", environment())
    if experiment.keep_memory and jax.default_backend() == "cpu":
        keep_freed_memory()

    # ------------------------------------------------------------------ input
    steps, epoch = steps_of(experiment, len(manifests["train"]))
    whole = Batches(experiment, manifests["train"])
    statistics = feature_statistics(whole)

    # ------------------------------------------------------ model and devices
    assembly = assemble(experiment, steps, statistics)
    store = CheckpointStore(run.checkpoints, experiment.checkpoints.keep)
    prior = prior_of(experiment.sampling, manifests["train"])
    judge = DevJudge(assembly, manifests["dev"], prior)
    state, drawn = assembly.state, [0, 0]
    if store.latest_step is not None:
        restored = store.restore_latest(state)
        state = restored.state
        judge.recall(restored.notes)
        drawn = restored.notes["drawn"]
    first = int(state.step)

    # ------------------------------------------------------------------- step
    batches = Batches(
        experiment,
        manifests["train"],
        process=jax.process_index(),
        processes=jax.process_count(),
    )
    compiled = compile_step(assembly, assembly.put(batches.training(first)))
    progress = Progress(first, steps, quiet)
    progress.note(describe(assembly, manifests, steps, epoch, compiled, first))

    # ------------------------------------------------------------------- loop
    metrics = MetricsFile(run.metrics, first)
    meter = Meter(experiment.batch, drawn)
    every = experiment.evaluation.every or epoch
    save_every = experiment.checkpoints.every or every
    bounded = sharding.bounds_steps(assembly.mesh)
    try:
        stream = training_batches(batches, first, steps, experiment.loading.prefetch)
        for step in range(first + 1, steps + 1):
            batch = meter.next(stream)
            state, measured = compiled.step(state, assembly.put(batch), assembly.key)
            meter.sent(step, batch, measured)
            if bounded:
                measured.loss.block_until_ready()

            if step % experiment.log_every == 0 or step == steps:
                rate = experiment.optimizer.learning_rate_at(step - 1, steps)
                line = metrics.write(step, **meter.report(manifests["train"]), learning_rate=rate)
                progress.step(line)
            if step % every == 0 or step == steps:
                with meter.pause():
                    verdict = judge.judge(step, steps, state)
                    progress.evaluation(metrics.write(step, **verdict))
                    if verdict["best"]:
                        store.save_best(step, state, judge.notes)
            if step % save_every == 0 or step == steps:
                store.save_latest(step, state, {**judge.notes, "drawn": meter.drawn})
        store.wait()
    finally:
        metrics.close()
        progress.close()
        batches.close()
        whole.close()
        judge.close()

    # ---------------------------------------------------------------- verdict
    best = store.restore_best(state).state
    store.close()
    judged = {name: manifest for name, manifest in manifests.items() if name != "train"}
    results = evaluate_run(run, assembly, best, judged, prior)
    run.unlock()
    return results


class Meter:
    """Counts what was drawn, how fast, and how long the device waited for data."""

    def __init__(self, batch: int, drawn: Sequence[int]):
        self._batch = batch
        self._drawn = np.array(drawn, np.int64)
        self._skipped = 0
        self._last: Any = None
        self._recent: deque[tuple[int, Batch, Any]] = deque()
        self._restart()

    def _restart(self) -> None:
        self._started, self._waited, self._paused = time.perf_counter(), 0.0, 0.0

    @property
    def drawn(self) -> list[int]:
        """How many spoof and bona fide utterances were drawn so far, over all parts of the run."""
        return self._drawn.tolist()

    def next(self, stream: Any) -> Batch:
        """Take the next batch; the wait counts where the device had nothing to do meanwhile."""
        started = time.perf_counter()
        batch = next(stream)
        if self._last is None or self._last.loss.is_ready():
            self._waited += time.perf_counter() - started
        return batch

    def sent(self, step: int, batch: Batch, measured: Any) -> None:
        """Note a step that was sent to the device."""
        self._last = measured
        self._recent.append((step, batch, measured))
        self._drawn += np.bincount(batch.labels, minlength=2)
        self._skipped += batch.skipped

    def pause(self) -> Pause:
        """Return a context that keeps evaluation out of the training figures."""
        return Pause(self)

    def report(self, manifest: Manifest) -> dict[str, Any]:
        """Fetch what was measured since the last report. Raises TrainingError if not finite."""
        losses = []
        for step, batch, measured in self._recent:
            if not bool(measured.finite):
                raise _not_finite(step, batch, measured, manifest)
            losses.append(float(measured.loss))
        norm = float(self._recent[-1][2].gradient_norm)
        seconds = time.perf_counter() - self._started - self._paused
        count = len(losses)
        values = {
            "loss": float(np.mean(losses)),
            "gradient_norm": norm,
            "utterances_per_second": round(count * self._batch / seconds, 2),
            "wait_share": round(min(self._waited / seconds, 1.0), 4),
            "drawn_bonafide": int(self._drawn[1]),
            "drawn_spoof": int(self._drawn[0]),
            "skipped": self._skipped,
        }
        self._recent.clear()
        self._restart()
        return values


class Pause:
    """Times a stretch that does not count as training."""

    def __init__(self, meter: Meter):
        self._meter = meter

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._meter._paused += time.perf_counter() - self._began


def _not_finite(step: int, batch: Batch, measured: Any, manifest: Manifest) -> TrainingError:
    ids = ", ".join(str(manifest.ids[i]) for i in batch.indices[:8])
    more = f" and {len(batch.indices) - 8} more" if len(batch.indices) > 8 else ""
    return TrainingError(
        f"Step {step} gave a loss of {float(measured.loss)} and a gradient norm of "
        f"{float(measured.gradient_norm)}. Its batch held {ids}{more}. The last checkpoint is "
        "kept; lower the learning rate, or check these files."
    )


def describe(
    assembly: Assembly,
    manifests: Mapping[str, Manifest],
    steps: int,
    epoch: int,
    compiled: Any,
    first: int,
) -> str:
    """Return the figures a person wants before step 1."""
    devices = assembly.mesh.devices
    lines = [
        f"{assembly.parameters:,} parameters on {devices.size} {devices.flat[0].platform} "
        f"device(s); {steps} steps of {assembly.experiment.batch} utterances, {epoch} an epoch"
    ]
    for name, manifest in manifests.items():
        bonafide = int(np.sum(manifest.label == 1))
        spoof = int(np.sum(manifest.label == 0))
        lines.append(f"{name}: {bonafide:,} bona fide, {spoof:,} spoof")
    memory = compiled.temporary_bytes
    if memory is not None:
        lines.append(
            f"compiled in {compiled.seconds:.1f} s; a step needs {memory / 2**20:.0f} MiB "
            f"of temporary memory"
            + (f" and {compiled.flops / 1e9:.2f} GFLOP" if compiled.flops else "")
        )
    if first:
        lines.append(f"resuming after step {first}")
    return "\n".join(lines)
