"""Attacks of a whole split, traced on the devices by the model in training."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from spoofjax.cluster.watchdog import Watchdog
from spoofjax.corpora.manifest import SPOOF, Manifest
from spoofjax.evaluation.known_attacks import KnownAttacks
from spoofjax.evaluation.rejection import DISTANCE, LOGIT, rejection_scores, rejection_threshold
from spoofjax.evaluation.tracing import principal_plane, tracing_metrics
from spoofjax.runs.attributions import Attributions
from spoofjax.training.assembly import Assembly
from spoofjax.training.scoring import outputs_of, scoring_batches
from spoofjax.training.step import TrainState

MAPPED = 2000
"""How many utterances of a split are on the map of embeddings at most, evenly spread over it."""


@dataclass(frozen=True, eq=False)
class TracedSplit:
    """The attacks of the utterances of a split that could be read."""

    manifest: Manifest
    attacks: tuple[str, ...]
    logits: np.ndarray
    """float32 (utterances, attacks)."""
    scores: np.ndarray
    """float64 (utterances,): the rejection scores."""
    kind: str
    """What these are: rejection.DISTANCE or rejection.LOGIT."""
    mapped: np.ndarray
    """int64 (mapped,): the utterances that are on the map."""
    embedding: np.ndarray
    """float32 (mapped, width): their embeddings."""

    def rejection(self) -> dict[str, Any]:
        """Return the threshold that this split gives for unknown attacks, as JSON values."""
        _, scores, names = self._spoofs()
        return {"score": self.kind, **rejection_threshold(scores, names, self.attacks)}

    def metrics(self, decision: Mapping[str, Any]) -> dict[str, Any]:
        """Return the results as JSON values; the threshold is that of the run's decision."""
        threshold = decision.get("tracing", {}).get("threshold")
        results = tracing_metrics(*self._spoofs(), self.attacks, threshold)
        return {"score": self.kind, **results}

    def attributions(self) -> Attributions:
        """Return what the run's file says of every utterance."""
        plane = np.full((len(self.manifest), 2), np.nan)
        plane[self.mapped] = principal_plane(self.embedding)
        likeliest = np.array(self.attacks)[self.logits.argmax(axis=1)]
        return Attributions(self.manifest.keys(), likeliest, self.scores, plane)

    def _spoofs(self) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Return the logits, the rejection scores and the names of the attacks of the spoofs."""
        is_spoof = self.manifest.label == SPOOF
        names = self.manifest.take(is_spoof).column("attack").values()
        return self.logits[is_spoof], self.scores[is_spoof], names


def trace_split(
    assembly: Assembly,
    state: TrainState,
    manifest: Manifest,
    is_read: np.ndarray,
    known_attacks: KnownAttacks | None,
    watchdog: Watchdog,
) -> TracedSplit:
    """Return the traced attacks of a split; `is_read`, bool (utterances,), leaves out the others.

    `known_attacks` gives the rejection scores; without it, the logits do. Every process calls this
    and gets all of them.
    """
    attacks, readable = assembly.experiment.tracing.attacks, np.flatnonzero(is_read)
    chosen = np.linspace(0, len(readable) - 1, min(MAPPED, len(readable)))
    mapped = readable[np.unique(chosen.astype(np.int64))]
    place_of = np.full(len(manifest), -1)
    place_of[mapped] = np.arange(len(mapped))
    logits = np.zeros((len(manifest), len(attacks)), np.float32)
    scores = np.zeros(len(manifest))
    embedding: np.ndarray | None = None
    with closing(scoring_batches(assembly, manifest)) as batches:
        for batch, output in outputs_of(assembly, assembly.trace, state, batches, watchdog):
            assert batch.rows is not None
            slots = np.flatnonzero(batch.rows >= 0)
            rows = batch.rows[slots]
            logits[rows] = np.asarray(output.attack_logits)[slots]
            vectors = np.asarray(output.embedding)
            scores[rows] = rejection_scores(logits[rows], vectors[slots], known_attacks)
            if embedding is None:
                embedding = np.zeros((len(mapped), vectors.shape[1]), np.float32)
            is_mapped = place_of[rows] >= 0
            embedding[place_of[rows[is_mapped]]] = vectors[slots[is_mapped]]
    if embedding is None:
        embedding = np.zeros((0, 1), np.float32)
    # Places among the utterances that could be read.
    places = np.searchsorted(readable, mapped)
    kind = LOGIT if known_attacks is None else DISTANCE
    of_readable = manifest.take(is_read), attacks, logits[is_read], scores[is_read]
    return TracedSplit(*of_readable, kind, places, embedding)
