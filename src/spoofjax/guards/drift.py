"""Are these files like what a run was trained on? Distances, and what differs in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spoofjax.evaluation.metrics import auc
from spoofjax.evaluation.probe import probe_scores
from spoofjax.guards.cues import CUES, Typical
from spoofjax.guards.distance import Distance
from spoofjax.guards.heard import Measured
from spoofjax.guards.material import FEWEST
from spoofjax.runs.heard import Heard

USUAL = 0.95
"""A file is unusual where its distance exceeds that of this share of dev."""
UNLIKE_AUROC, UNLIKE_SHARE = 0.8, 0.3
"""From these values on, the files as a whole are called unlike."""
DIFFERENT_AUROC = 0.8
"""A cue is put into words where a probe on it tells files from dev this well."""


@dataclass(frozen=True)
class Comparison:
    """Distances of files from train in one kind of numbers, compared with those of dev."""

    distances: np.ndarray
    """float64 (files,): about 1 for utterances like those of train."""
    limit: float
    """The distance that 95 % of dev do not exceed."""
    beyond: float
    """Share of the files beyond the limit; 5 % for files like dev."""
    auroc: float
    """Probability that a file is farther away than an utterance of dev; 0.5 for files like dev."""

    @classmethod
    def of(cls, train: np.ndarray, dev: np.ndarray, files: np.ndarray) -> Comparison:
        """Compare (utterances, numbers) of train, of dev and of files."""
        distance = Distance(train)
        usual, distances = distance(dev), distance(files)
        limit = float(np.quantile(usual, USUAL))
        beyond = float(np.mean(distances > limit))
        return cls(distances, limit, beyond, auc(distances, usual))


@dataclass(frozen=True)
class Drift:
    """How files differ from what a run heard."""

    sound: Comparison
    """By the traits of audio/traits.py."""
    embedding: Comparison | None
    """By the input of the network's last layer; None for an ensemble."""
    probe_auroc: float | None
    """How well a probe on the traits tells the files from dev; None for a few files."""
    differences: tuple[str, ...]
    """What differs, in words, the clearest first."""

    @property
    def is_unlike(self) -> bool:
        """Whether the files as a whole are unlike what the run was trained on."""
        parts = [part for part in (self.sound, self.embedding) if part is not None]
        aurocs = [part.auroc for part in parts]
        if self.probe_auroc is not None:
            aurocs.append(self.probe_auroc)
        return max(aurocs) >= UNLIKE_AUROC or max(p.beyond for p in parts) >= UNLIKE_SHARE

    def to_json(self) -> dict[str, Any]:
        """Return all but the distances of each file as JSON values."""
        parts = {"sound": self.sound, "embedding": self.embedding}
        values: dict[str, Any] = {name: asdict(part) for name, part in parts.items() if part}
        for part in values.values():
            del part["distances"]
        return {
            "unlike_training": self.is_unlike,
            **values,
            "probe_auroc": self.probe_auroc,
            "differences": list(self.differences),
        }


def drift_of(heard: Heard, files: Measured, rate: int) -> Drift:
    """Compare files, at least one, with what a run heard; `rate` is the sample rate in Hz."""
    sound = Comparison.of(heard.train_traits, heard.dev_traits, files.traits)
    embedding = None
    if heard.train_embeddings.shape[1]:
        embedding = Comparison.of(heard.train_embeddings, heard.dev_embeddings, files.embeddings)
    if len(files.rows) < FEWEST:
        return Drift(sound, embedding, None, ())
    traits = np.concatenate([heard.dev_traits, files.traits]).astype(np.float64)
    is_dev = np.repeat([1, 0], [len(heard.dev_traits), len(files.traits)])
    features = {cue.name: cue.features(traits) for cue in CUES}
    aurocs = {name: _probe_auroc(values, is_dev) for name, values in features.items()}
    together = _probe_auroc(np.column_stack(list(features.values())), is_dev)
    usual = Typical.of("the dev utterances", heard.dev_traits, rate)
    other = Typical.of("these files", files.traits, rate)
    clear = [cue for cue in CUES if aurocs[cue.name] >= DIFFERENT_AUROC]
    clear.sort(key=lambda cue: -aurocs[cue.name])
    texts = tuple(f"{cue.describe(usual, other)} (AUROC {aurocs[cue.name]:.2f})" for cue in clear)
    return Drift(sound, embedding, together, texts)


def _probe_auroc(features: np.ndarray, is_dev: np.ndarray) -> float:
    """Return how well a probe tells dev (1) from files (0), each utterance unseen."""
    scores = probe_scores(features, is_dev, np.arange(len(is_dev)))
    return auc(scores[is_dev == 1], scores[is_dev == 0])
