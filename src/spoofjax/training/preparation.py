"""What a run needs before step 1: its batches, its model with the values it starts from, its step.

The first batches are read while the step is compiled: neither needs the other.
"""

from __future__ import annotations

from typing import NamedTuple

import jax

from spoofjax.cluster import hosts
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.files import write_json
from spoofjax.loading.buckets import Schedule
from spoofjax.loading.training_batches import TrainingBatches
from spoofjax.runs.folder import RunFolder
from spoofjax.training.assembly import Assembly, assemble_unprepared, steps_of
from spoofjax.training.compiled_step import Compiled, compile_steps
from spoofjax.training.first_batches import FirstBatches, read_first_batches
from spoofjax.training.input import training_input
from spoofjax.training.memory import check_step
from spoofjax.training.start import Meanwhile, Start


class Prepared(NamedTuple):
    """All that the loop of a run works with."""

    batches: TrainingBatches
    """This process's share of every batch."""
    schedule: Schedule
    steps: int
    """Of the whole run."""
    assembly: Assembly
    """Its network has the values that it starts from."""
    compiled: Compiled


def prepare(
    run: RunFolder, experiment: Experiment, train: Manifest, is_new: bool, start: Start
) -> Prepared:
    """Return what training on `train` needs; a run that `is_new` has no checkpoint to go on from.

    Raises what reading audio, building the model and compiling its step raise. No thread is left
    behind then.
    """
    whole_batches = training_input(experiment, train)
    schedule = whole_batches.schedule
    hosts.same_everywhere("the lengths of their training files", schedule.digest())
    steps = steps_of(experiment, schedule.epoch)
    records_audio = hosts.is_first() and not run.training_audio.exists()

    def read() -> FirstBatches:
        return read_first_batches(whole_batches, experiment.model, is_new, records_audio)

    with Meanwhile(read, whole_batches.stop) as first_batches:
        with start.part("building the model"):
            assembly = assemble_unprepared(experiment, steps, is_new)

        def give_values() -> None:
            """Give the model the values that it starts from."""
            with start.part("waiting for the first training batches"):
                statistics, examples, audio = first_batches.result()
            statistics = None if statistics is None else hosts.of_first(statistics)
            assembly.prepare(statistics, examples, is_new)
            if audio is not None:
                write_json(run.training_audio, audio)

        # Weights that do not fit, or unreadable files, are better known before the step is
        # compiled. Several processes must keep to one order: `give_values` sends arrays among them.
        is_read = first_batches.is_done and not hosts.several()
        has_values = is_read or experiment.transfer.source is not None
        if has_values:
            give_values()

        batches = training_input(
            experiment,
            train,
            process=jax.process_index(),
            processes=jax.process_count(),
            schedule=schedule,
            sends_samples=assembly.takes_samples,
            step_frames=assembly.step_frames,
        )
        with start.part("compiling the step"):
            compiled = compile_steps(assembly, batches.blanks())
        check_step(assembly, compiled)
        if not has_values:
            give_values()
    return Prepared(batches, schedule, steps, assembly, compiled)
