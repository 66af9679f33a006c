"""Scores of a whole split, computed on the devices by the model in training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from spoofjax.cluster import hosts
from spoofjax.cluster.allocator import return_excess
from spoofjax.cluster.watchdog import Watchdog
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import TrainingError
from spoofjax.loading.batches import Batch
from spoofjax.loading.evaluation_batches import EvaluationBatches
from spoofjax.loading.prefetch import placed_evaluation_batches
from spoofjax.training.assembly import Assembly
from spoofjax.training.sent_features import send_features
from spoofjax.training.sharding import bounds_steps, put_batch
from spoofjax.training.step import TrainState, evaluated


def scoring_batches(assembly: Assembly, manifest: Manifest) -> EvaluationBatches:
    """Return the loader of this process's share of a split; the caller closes it."""
    experiment = assembly.experiment
    return EvaluationBatches(
        manifest,
        front_end=experiment.front_end,
        clip=experiment.clip,
        loading=experiment.loading,
        process=jax.process_index(),
        processes=jax.process_count(),
    )


def score_split(
    assembly: Assembly,
    state: TrainState,
    manifest: Manifest,
    batches: EvaluationBatches,
    watchdog: Watchdog,
) -> np.ndarray:
    """Return float64 (utterances,): the score of each utterance, in the manifest's order.

    An utterance that could not be read scores NaN, if the configuration says 'skip'. Every process
    calls this and gets all scores. Raises TrainingError if another score is not finite.
    """
    results, times_read = [], np.zeros(len(manifest), np.int64)
    for batch, result in outputs_of(assembly, assembly.predict, state, batches, watchdog):
        times_read[batch.indices[batch.indices >= 0]] = 1
        results.append((batch.rows, result))
    scores = np.full(len(manifest), np.nan)
    for rows, result in results:
        # `predict` replicates its scores; padding rows are -1.
        is_utterance = rows >= 0
        scores[rows[is_utterance]] = np.asarray(result, np.float64)[is_utterance]
    # Each process knows only what it has read itself.
    is_unread = hosts.total(times_read) == 0
    scores[is_unread] = np.nan
    broken = np.flatnonzero(~np.isfinite(scores) & ~is_unread)
    if len(broken):
        raise TrainingError(
            f"{len(broken)} of {len(manifest)} scores are not finite (first: "
            f"{manifest.ids[broken[0]]}). The model has diverged: lower the learning rate, or "
            "check the audio."
        )
    return scores


def outputs_of(
    assembly: Assembly,
    function: Callable,
    state: TrainState,
    batches: EvaluationBatches,
    watchdog: Watchdog,
) -> Iterator[tuple[Batch, Any]]:
    """Yield every batch with what `assembly.predict` or `assembly.trace` gives for all processes.

    `batch.rows` says which utterances these are; -1 is padding.
    """
    prefetch, devices = assembly.experiment.loading.prefetch, assembly.mesh.devices.size
    send = send_features(assembly, state.constants)

    def put(batch: Batch) -> Any:
        return put_batch((send(batch).features, batch.lengths), assembly.mesh)

    size = _evaluation_batch(assembly)
    stream = placed_evaluation_batches(batches, size, prefetch, devices, put)
    params, waits = evaluated(state), bounds_steps(assembly.mesh)
    for batch, (features, lengths) in watchdog.over(stream, "an evaluation"):
        result = function(params, state.constants, features, lengths)
        if waits:
            jax.block_until_ready(result)
        return_excess()
        yield batch, result


def _evaluation_batch(assembly: Assembly) -> int:
    """Return the evaluation batch, rounded up to a multiple of the devices."""
    devices = assembly.mesh.devices.size
    return -(-assembly.experiment.evaluation.batch // devices) * devices
