"""Measuring what a run heard, and files that it may be used on, in the same way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.manifest import Manifest
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.manifest_outputs import manifest_outputs
from spoofjax.errors import CorpusError
from spoofjax.guards.material import FEWEST, MOST, spread
from spoofjax.loading.traits import traits_of
from spoofjax.runs.heard import Heard


class Measured(NamedTuple):
    """The numbers of utterances that could be read; `rows` are their rows in the manifest."""

    rows: np.ndarray
    traits: np.ndarray
    """float32 (utterances, len(TRAITS))."""
    embeddings: np.ndarray
    """float32 (utterances, size)."""


def measured(detector: Detector, manifest: Manifest) -> Measured:
    """Measure every utterance of a manifest."""
    traits = traits_of(manifest, detector.experiment.front_end.rate)
    outputs = manifest_outputs(detector, manifest)
    rows = np.flatnonzero(np.isfinite(traits).all(axis=1) & np.isfinite(outputs.scores))
    return Measured(rows, traits[rows].astype(np.float32), outputs.embeddings[rows])


def heard_by(detector: Detector, corpus: Corpus) -> Heard:
    """Measure up to MOST utterances of train and of dev, always the same ones.

    Raises CorpusError where a split has fewer than FEWEST utterances that can be read, and as the
    corpus does.
    """
    parts = []
    for split in ("train", "dev"):
        manifest = corpus.manifest(split)
        part = measured(detector, manifest.take(spread(len(manifest), MOST)))
        if len(part.rows) < FEWEST:
            raise CorpusError(
                f"Only {len(part.rows)} utterances of {split} can be read; what a run heard is "
                f"described by {FEWEST} or more."
            )
        parts += [part.traits, part.embeddings]
    return Heard(detector.fingerprint, *parts)
