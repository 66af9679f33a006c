"""What a detector says of whole recordings: utterances of a split, and recordings made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice

import numpy as np

from spoofjax.audio.blocks import recording_of
from spoofjax.audio.clips import most_samples
from spoofjax.corpora.manifest import BONAFIDE, SPOOF, Manifest
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.joined import KINDS, joined_recordings
from spoofjax.deployment.listening import BATCH, hop_samples, listen_to_all
from spoofjax.errors import AudioError
from spoofjax.evaluation.recordings import Heard
from spoofjax.loading.sources import Source, source_of

UTTERANCES = 500
"""Utterances of each class that are drawn, at most."""
SECONDS = 30.0
"""How much of a long utterance is heard."""
JOINED = 60
"""Recordings of each kind that are joined where no other number is given."""
SEED = 0


def hear_recordings(
    detector: Detector,
    manifest: Manifest,
    scores: np.ndarray,
    *,
    joined: int = JOINED,
    progress: Callable[[int, int], None] | None = None,
) -> Heard:
    """Return what a detector says of utterances, and of recordings that are joined from them.

    `scores`, float64 (utterances,), are those that evaluation gave the manifest's utterances. At
    most UTTERANCES of each class are drawn, the same ones every time; of these, only those longer
    than a window are heard again. `joined` recordings of each of KINDS are made of them. `progress`
    gets the number of recordings that are done, and that of all. Raises AudioError where no
    utterance of a class can be read, and CorpusError where packed audio has another rate.
    """
    rate, window = detector.experiment.front_end.rate, most_samples(detector.experiment.clip)
    rows = _drawn(manifest.label)
    labels, source = manifest.label[rows], source_of(manifest.take(rows), rate)
    try:
        longer = [row for row in range(len(rows)) if _is_longer(source, row, window)]
        samples = chain(
            (_start(source, row, round(SECONDS * rate)) for row in longer),
            (each.samples for each in joined_recordings(source, labels, joined, window, SEED)),
        )
        total = len(longer) + joined * len(KINDS)
        windows = list(_windows(detector, samples, total, progress))
    finally:
        source.close()
    made = windows[len(longer) :]
    kinds = {kind: made[number :: len(KINDS)] for number, kind in enumerate(KINDS)}
    return Heard(scores[rows], labels, dict(zip(longer, windows, strict=False)), kinds)


def _drawn(labels: np.ndarray) -> np.ndarray:
    """Return the rows of up to UTTERANCES utterances of each class, in order."""
    random = np.random.default_rng(SEED)
    classes = [random.permutation(np.flatnonzero(labels == each)) for each in (BONAFIDE, SPOOF)]
    return np.sort(np.concatenate([rows[:UTTERANCES] for rows in classes]))


def _is_longer(source: Source, row: int, window: int) -> bool:
    """Whether an utterance has several windows; one that cannot be read has none."""
    try:
        return source.length(row) > window
    except AudioError:
        return False


def _start(source: Source, row: int, most: int) -> np.ndarray:
    samples = np.zeros(min(source.length(row), most), np.float32)
    return samples[: source.read(row, None, samples)]


def _windows(
    detector: Detector,
    recordings: Iterator[np.ndarray],
    total: int,
    progress: Callable[[int, int], None] | None,
) -> Iterator[np.ndarray]:
    """Yield the scores of the windows of each recording that can be judged, or of all of them."""
    rate, hop = detector.experiment.front_end.rate, hop_samples(detector, None)
    done = 0
    # A few at a time, because they are in memory.
    while samples := list(islice(recordings, BATCH)):
        sources = [recording_of(each, rate, rate) for each in samples]
        for timeline in listen_to_all(detector, sources, hop=hop):
            if isinstance(timeline, str):
                raise AudioError(timeline)
            yield timeline.score[timeline.is_judged] if timeline.is_judged.any() else timeline.score
        done += len(samples)
        if progress is not None:
            progress(done, total)
