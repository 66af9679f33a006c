"""Where the utterances of a split are spoofed, compared with their segment labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.packed_sound import manifest_recordings
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.listening import hop_samples, listen_to_all
from spoofjax.deployment.timeline import Timeline
from spoofjax.errors import ScoreError
from spoofjax.evaluation.localisation import Localisation, ScoredTime

Watch = Callable[[Iterator[Timeline | str]], Iterator[Timeline | str]]
"""Passes timelines on, and sees that they come."""


def located(
    detector: Detector,
    manifest: Manifest,
    *,
    hop: float | None = None,
    watch: Watch = lambda timelines: timelines,
) -> Localisation:
    """Return the scores over time of every utterance that has segment labels.

    Utterances are heard whole, in overlapping windows; `hop` is that of `deployment.listening`. A
    detector that scores steps gives the scores of these, another one those of its windows. What
    cannot be read is left out. Raises ScoreError for a manifest without segment labels.
    """
    table = manifest.segments
    rows = [] if table is None else np.flatnonzero(np.diff(table.offsets)).tolist()
    if table is None or not rows:
        raise ScoreError(f"{manifest.corpus} has no segment labels.")
    sources = manifest_recordings(manifest.take(rows), detector.experiment.front_end.rate)
    timelines = listen_to_all(detector, sources, hop=hop_samples(detector, hop))
    scored = []
    for row, timeline in zip(rows, watch(timelines), strict=True):
        if not isinstance(timeline, str):
            scored.append(ScoredTime(*timeline.every_moment(), table.at(row)))
    return Localisation(scored, table.step)


def localisation_of(
    detector: Detector, manifest: Manifest, watch: Watch = lambda timelines: timelines
) -> dict[str, Any] | None:
    """Return the segment and range EERs of a split as JSON values.

    None for a detector that scores no steps, and for a split without segment labels.
    """
    table = manifest.segments
    if detector.step_samples is None or table is None or not len(table.labels):
        return None
    return located(detector, manifest, watch=watch).to_json()
