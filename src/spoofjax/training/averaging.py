"""The average of several checkpoints of a run, as a run of its own.

Stochastic weight averaging (Izmailov et al., 2018): the parameters are averaged, and the statistics
of batch norm, which would not fit the averaged parameters, are estimated again on training batches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jax
import numpy as np
from flax import nnx

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import RunError
from spoofjax.models.arrays import unflatten
from spoofjax.runs.folder import RunFolder
from spoofjax.training.assembly import Assembly, assemble
from spoofjax.training.checkpoints import CheckpointStore
from spoofjax.training.derived import require_empty, write_derived_run
from spoofjax.training.input import training_input
from spoofjax.training.sent_features import send_features
from spoofjax.training.step import Inputs, TrainState, apply, evaluated

Which = Literal["best", "last"]
BATCHES = 50
"""Training batches from which the statistics of batch norm are estimated."""


class Average(NamedTuple):
    """Averaged weights."""

    params: dict[str, np.ndarray]
    constants: dict[str, np.ndarray]
    steps: list[int]
    """The steps of the checkpoints that were averaged, the newest first."""


def write_average(
    run: RunFolder,
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    which: Which,
    count: int,
    out: Path,
) -> tuple[list[int], dict[str, Any]]:
    """Write the average of checkpoints to `out`; return their steps and its results by split.

    `experiment` is that of the run, with its corpus where that lies now. Raises RunError as
    `average_checkpoints` does, and where `out` is not empty.
    """
    folder = RunFolder(out)
    require_empty(folder)
    params, constants, steps = average_checkpoints(
        run, experiment, manifests["train"], which, count
    )
    origin = {"average_of": str(run.path.absolute()), "averaged_steps": steps}
    weights = (params, constants)
    results = write_derived_run(
        folder, experiment, manifests, weights, origin, source=run, step=steps[0]
    )
    return steps, results


def average_checkpoints(
    run: RunFolder, experiment: Experiment, train: Manifest, which: Which, count: int
) -> Average:
    """Return the average of the `count` newest of a run's best or last checkpoints.

    The best ones are those that were the best so far when they were written. Raises RunError where
    the run keeps fewer.
    """
    store = CheckpointStore(run.checkpoints, experiment.checkpoints.keep, writes=False)
    # Under pmap, batch norm would look for the other devices' shares of the batch.
    parallel = experiment.parallel.replace(api="jit")
    assembly = assemble(experiment.replace(accumulate=1, parallel=parallel), steps=1)
    try:
        states = _states(run, store, assembly.state, which, count)
    finally:
        store.close()
    params = _mean([evaluated(state) for state in states])
    constants = jax.tree.map(np.asarray, states[0].constants)
    constants = with_new_statistics(assembly, params, constants, train)
    return Average(params, constants, [int(state.step) for state in states])


def _states(
    run: RunFolder, store: CheckpointStore, like: TrainState, which: Which, count: int
) -> list[TrainState]:
    steps = store.best_steps if which == "best" else store.latest_steps
    if count < 2:
        raise RunError(f"An average needs at least 2 checkpoints, not {count}.")
    if len(steps) < count:
        option = "--checkpoints.keep-best" if which == "best" else "--checkpoints.keep"
        raise RunError(
            f"{run.path} has {len(steps)} {which} checkpoint(s), and {count} are to be averaged. "
            f"Train with {option} {count}, or average fewer."
        )
    return [store.restore_step(which, step, like).state for step in steps[:count]]


def _mean(params: Sequence[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Return the mean of arrays of the same names, summed in float64."""
    return {
        name: np.mean([np.asarray(one[name], np.float64) for one in params], axis=0).astype(
            np.float32
        )
        for name in params[0]
    }


def with_new_statistics(
    assembly: Assembly,
    params: dict[str, np.ndarray],
    constants: dict[str, np.ndarray],
    train: Manifest,
) -> dict[str, np.ndarray]:
    """Return the constants with batch-norm statistics of the given parameters.

    They are the means over the first training batches of the run, in which dropout is active.
    Constants that training does not change stay as they are.
    """
    graph = _without_memory(assembly.graph, params, constants)

    @jax.jit
    def statistics(
        params: dict[str, jax.Array],
        constants: dict[str, jax.Array],
        inputs: Inputs,
        key: jax.Array,
    ) -> dict[str, jax.Array]:
        return apply(graph, params, constants, inputs, train=True, key=key)[1]

    sums = {name: np.zeros(value.shape, np.float64) for name, value in constants.items()}
    changed: set[str] = set()
    batches = training_input(assembly.experiment, train)
    send = send_features(assembly, constants)
    try:
        for step in range(BATCHES):
            batch = batches.batch(step)
            inputs = assembly.put(send(batch))
            measured = jax.device_get(statistics(params, constants, inputs, jax.random.key(step)))
            for name, value in measured.items():
                sums[name] += value
                if not np.array_equal(value, constants[name]):
                    changed.add(name)
            if not changed:
                break  # a model without batch norm
    finally:
        batches.close()
    return {
        name: (sums[name] / BATCHES).astype(np.float32) if name in changed else value
        for name, value in constants.items()
    }


def _without_memory(graph: Any, params: Any, constants: Any) -> nnx.GraphDef:
    """Return the graph with batch norms whose statistics are those of the last batch alone."""
    module = nnx.merge(graph, unflatten(params), unflatten(constants), copy=True)
    module.set_attributes(momentum=0.0, raise_if_not_found=False)
    return nnx.split(module, nnx.Param, ...)[0]
