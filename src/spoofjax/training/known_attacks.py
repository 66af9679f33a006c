"""Where traced attacks and bona fide speech lie, learned when a run makes its decision."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from spoofjax.cluster import hosts
from spoofjax.cluster.watchdog import Watchdog
from spoofjax.corpora.manifest import BONAFIDE, Manifest
from spoofjax.evaluation.known_attacks import KnownAttacks
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.known_attacks import read_known_attacks, write_known_attacks
from spoofjax.tracing import NONE
from spoofjax.training.assembly import Assembly
from spoofjax.training.scoring import outputs_of, scoring_batches
from spoofjax.training.step import TrainState

HEARD = 2000
"""How many utterances of an attack, and of bona fide speech, are heard at most; they are evenly
spread over the training split."""


def known_attacks_of(
    run: RunFolder,
    assembly: Assembly,
    state: TrainState,
    decision: Mapping[str, Any] | None,
    train: Manifest | None,
    watchdog: Watchdog,
) -> KnownAttacks | None:
    """Return where the run's attacks lie; None where it traces none, or rejects by its logits.

    With a `decision`, they are those that it was made with. Without one, it is about to be made,
    and they are learned from the run's training split and written into the run; where that split
    is not at hand, those of the decision before stay. Every process calls this.
    """
    if not assembly.experiment.tracing.attacks:
        return None
    if decision is not None:
        return read_known_attacks(run, decision)
    if train is None:
        return read_known_attacks(run, run.read_decision()) if run.decision.is_file() else None
    known_attacks = _learned(assembly, state, train, watchdog)
    hosts.on_first(partial(write_known_attacks, run, known_attacks))
    return known_attacks


def _learned(
    assembly: Assembly, state: TrainState, train: Manifest, watchdog: Watchdog
) -> KnownAttacks:
    classes = assembly.experiment.tracing.classes_of(train)
    chosen = chosen_utterances(classes, train.label)
    manifest, embedding = train.take(chosen), None
    times_read = np.zeros(len(chosen), np.int64)
    with closing(scoring_batches(assembly, manifest)) as batches:
        for batch, output in outputs_of(assembly, assembly.trace, state, batches, watchdog):
            assert batch.rows is not None
            times_read[batch.indices[batch.indices >= 0]] = 1
            slots = np.flatnonzero(batch.rows >= 0)
            vectors = np.asarray(output.embedding)[slots]
            if embedding is None:
                embedding = np.zeros((len(manifest), vectors.shape[1]), np.float32)
            embedding[batch.rows[slots]] = vectors
    assert embedding is not None
    # Each process knows only what it has read itself.
    is_read = hosts.total(times_read) > 0
    return KnownAttacks.of(embedding[is_read], classes[chosen][is_read])


def chosen_utterances(classes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return int64 (chosen,): which utterances are heard, at most HEARD of each class.

    `classes` int32 (utterances,) has the place of each utterance's attack, NONE for an attack that
    is not traced and for bona fide speech, which has the label 1.
    """
    chosen = []
    for one in np.unique(classes):
        own = np.flatnonzero((classes == one) & ((classes != NONE) | (labels == BONAFIDE)))
        chosen.append(own[np.linspace(0, len(own) - 1, min(HEARD, len(own))).astype(np.int64)])
    return np.sort(np.concatenate(chosen))
