"""A run from top to bottom: input, model, step, loop, final evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import jax

from spoofjax import config_files
from spoofjax.cluster import hosts
from spoofjax.cluster.allocator import keep_freed_memory, return_excess
from spoofjax.cluster.preemption import Preemption
from spoofjax.cluster.watchdog import Watchdog
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import RunError
from spoofjax.failures import describe as describe_error
from spoofjax.files import write_json
from spoofjax.loading.prefetch import training_batches
from spoofjax.report.live import LivePage
from spoofjax.report.tensorboard import TensorBoard
from spoofjax.report.viewers import Callback, Callbacks, Viewers
from spoofjax.runs.environment import environment
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.history import MetricsFile, read_metrics
from spoofjax.runs.starting import resolved
from spoofjax.training import alarms, sharding
from spoofjax.training.checkpoints import CheckpointStore
from spoofjax.training.description import describe
from spoofjax.training.dev_evaluator import DevEvaluator
from spoofjax.training.evaluation import evaluate_splits
from spoofjax.training.meter import Counts, Meter
from spoofjax.training.patience import Patience
from spoofjax.training.preparation import prepare
from spoofjax.training.profiling import Profiler
from spoofjax.training.progress import Progress
from spoofjax.training.sent_features import send_training
from spoofjax.training.start import Start

IN_FLIGHT = 2
"""Steps in flight at most: the device always has its next step, and memory stays bounded."""


def train(
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    out: Path,
    *,
    resume: bool = False,
    quiet: bool = False,
    tensorboard: bool = False,
    callbacks: Sequence[Callback] = (),
    profile: int = 0,
) -> dict[str, Any]:
    """Train, evaluate and report one experiment in the folder `out`.

    `manifests` are the corpus's splits; 'train' and 'dev' must be among them, both with labels.
    With `tensorboard`, the history is written for TensorBoard too, by the extra of that name. The
    first process calls `callbacks` with every line of the history. With `profile`, so many steps
    are timed in parts and traced, see profiling.py.
    Returns the metrics of the evaluated splits by name. Raises subclasses of SpoofjaxError; the
    last checkpoint is kept.
    """
    run = RunFolder(out)
    if resume:
        experiment = run.continued(experiment)
    experiment = resolved(experiment, manifests["train"])
    hosts.same_everywhere("their configuration", config_files.dumps(experiment))
    hosts.same_everywhere("their training files", "\n".join(manifests["train"].ids.tolist()))
    try:
        # -------------------------------------------------------- run folder
        hosts.on_first(lambda: _open(run, experiment, manifests, resume))
        with Watchdog(experiment.parallel.stall, run.path) as watchdog:
            shown = tensorboard, callbacks, profile
            return _train(run, experiment, manifests, watchdog, quiet, *shown)
    except OSError as error:
        raise RunError(
            f"{describe_error(error)} The last checkpoint is kept; start the run again with "
            "--resume."
        ) from error
    finally:
        run.unlock()


def _open(
    run: RunFolder, experiment: Experiment, manifests: Mapping[str, Manifest], resume: bool
) -> None:
    run.lock()
    run.start(experiment, manifests, resume=resume)
    write_json(run.environment, environment())


def _train(
    run: RunFolder,
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    watchdog: Watchdog,
    quiet: bool,
    tensorboard: bool,
    callbacks: Sequence[Callback],
    profile: int,
) -> dict[str, Any]:
    if experiment.keep_memory and jax.default_backend() == "cpu":
        keep_freed_memory()

    kept = experiment.checkpoints
    store = CheckpointStore(run.checkpoints, kept.keep, kept.keep_best)
    is_new = store.latest_step is None
    start = Start(quiet or not hosts.is_first(), watchdog.beat)

    # ------------------------------------------------- input, model and step
    leaks = alarms.of_leakage(manifests)
    prepared = prepare(run, experiment, manifests["train"], is_new, start)
    batches, schedule, steps, assembly, compiled = prepared

    # ------------------------------------------------------------------ state
    prior = experiment.bonafide_share(manifests["train"])
    evaluator = DevEvaluator(assembly, manifests["dev"], prior, watchdog)
    patience = Patience(experiment.stop)
    state, counts, losses = assembly.state, Counts(), []
    if not is_new:
        restored = store.restore_latest(state)
        state = restored.state
        evaluator.restore(restored.notes)
        patience.restore(restored.notes)
        counts = Counts.restored(restored.notes)
        losses = restored.notes.get("losses", [])  # older checkpoints have none
    first = int(state.step)
    last = first if patience.is_exhausted else steps
    progress = Progress(first, steps, quiet or not hosts.is_first())
    progress.note(describe(assembly, manifests, steps, schedule, compiled, first))
    if assembly.transferred is not None:
        progress.note("\n".join(assembly.transferred.lines()))
        facts = assembly.transferred.to_json()
        hosts.on_first(lambda: write_json(run.transfer, facts))
    progress.alarm(*alarms.of_model(experiment), *alarms.of_correction(experiment))
    progress.alarm(*alarms.of_classes(manifests))
    progress.alarm(*(text for texts in leaks.values() for text in texts))

    # ------------------------------------------------------------------- loop
    metrics = MetricsFile(run.metrics if hosts.is_first() else None, first)
    viewers = _viewers(run, first, steps, tensorboard, callbacks)
    meter = Meter(counts, losses)
    every = experiment.evaluation.every or schedule.epoch
    save_every = experiment.checkpoints.every or every
    in_flight = 0 if sharding.bounds_steps(assembly.mesh) else IN_FLIGHT
    profiler = Profiler(run.profile, profile if hosts.is_first() else 0, first, batches.durations)
    send = send_training(assembly, state.constants)
    put = profiler.timed_put(lambda batch: assembly.put(send(batch)))
    stream = training_batches(batches, first, last, experiment.loading.prefetch, put)

    def notes() -> dict[str, Any]:
        """Return what a checkpoint records besides the state."""
        return {**evaluator.notes, **patience.notes, **meter.notes()}

    def log(step: int) -> None:
        """Write what was measured since the last line to the history."""
        rate = experiment.optimizer.learning_rate_at(step - 1, steps)
        line = metrics.write(step, **meter.report(manifests["train"]), learning_rate=rate)
        progress.step(line)
        viewers.add(line)
        lost = progress.lost()
        if lost:
            metrics.write(step, **lost)

    with (
        closing(stream),
        closing(metrics),
        closing(progress),
        closing(batches),
        closing(evaluator),
        closing(viewers),
        closing(profiler),
        store,
        Preemption() as preemption,
    ):
        for step in range(first + 1, last + 1):
            watchdog.beat(f"step {step}")
            profiler.begin(step)
            with profiler.part("waiting for the batch"):
                batch, inputs = meter.next(stream)
            with profiler.part("step"):
                state, measured = compiled.step(state, inputs, assembly.key)
                profiler.finish(measured)
            if step == first + 1:
                progress.note(start.line(step, measured))
            meter.sent(step, batch, measured)
            meter.wait(in_flight)
            return_excess()

            is_last = step == steps
            should_log = step % experiment.log_every == 0 or is_last
            if should_log:
                with profiler.part("metrics"):
                    log(step)
            is_preempted = not is_last and preemption.reached(step)
            should_evaluate = step % every == 0 or is_last
            should_save = step % save_every == 0 or is_last or is_preempted
            if should_evaluate or should_save:
                meter.check(manifests["train"])
            if should_evaluate:
                with meter.pause():
                    result = evaluator.evaluate(step, steps, state)
                    patience.update(result)
                    line = metrics.write(step, **result)
                    progress.evaluation(line)
                    viewers.add(line)
                    if result["best"]:
                        store.save_best(step, state, notes())
            if should_save or patience.is_exhausted:
                store.save_latest(step, state, notes())
            table = profiler.end(step)
            if table is not None:
                progress.note(table)
            if is_preempted:
                store.wait()
                raise preemption.error(step)
            if patience.is_exhausted and not is_last:
                if not should_log:
                    log(step)
                progress.note(
                    f"stopped after step {step}: {experiment.stop.measure} on dev has not improved "
                    f"for {experiment.stop.patience} evaluations (stop.patience)"
                )
                break
        store.wait()
        preemption.end()

        # ------------------------------------------------- final evaluation
        best = store.restore_best(state).state
        splits = {name: manifest for name, manifest in manifests.items() if name != "train"}
        scores = evaluator.scores_of(int(best.step))
        known = {"leaks": leaks, "dev_scores": scores, "train": manifests["train"]}
        results = evaluate_splits(run, assembly, best, splits, prior, watchdog=watchdog, **known)
        viewers.finish()
        return results


def _viewers(
    run: RunFolder, first: int, steps: int, tensorboard: bool, callbacks: Sequence[Callback]
) -> Viewers:
    """Return what shows the history from the step `first` on; only the first process shows it."""
    if not hosts.is_first():
        return Viewers()
    page = LivePage(run.live_page, run.path.name, steps, read_metrics(run.metrics))
    boards = [TensorBoard(run.tensorboard, first)] if tensorboard else []
    return Viewers(page, *boards, Callbacks(callbacks))
