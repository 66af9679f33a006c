"""Recordings joined from the utterances of a split: all bona fide, all spoofed, or changing once.

Corpora of spoofed speech consist of short utterances of one class. Recordings in use are longer,
and a part of one may be spoofed, so that is what poolings are compared on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from spoofjax.corpora.manifest import BONAFIDE, SPOOF
from spoofjax.errors import AudioError
from spoofjax.evaluation import recordings
from spoofjax.loading.sources import Source

KINDS = {
    recordings.BONAFIDE: (BONAFIDE, BONAFIDE),
    recordings.SPOOFED: (SPOOF, SPOOF),
    recordings.SPLICED: (BONAFIDE, SPOOF),
}
"""The classes of the two parts that a recording of each kind has; of spliced ones in any order."""
SHORTEST, LONGEST = 1.0, 2.5
"""Limits of the length of a part, in windows of the detector."""


class Joined(NamedTuple):
    """A recording in two parts, each of which consists of utterances of one class."""

    kind: str
    """One of KINDS."""
    samples: np.ndarray
    """float32 (n,), mono, at the rate of its source."""


def joined_recordings(
    source: Source, labels: np.ndarray, count: int, window: int, seed: int = 0
) -> Iterator[Joined]:
    """Yield `count` recordings of each kind in turn, the same ones for the same seed.

    `labels`, int (utterances,), are those of the source's utterances, and both classes must be
    among them. `window` is in samples. An utterance that cannot be read is passed over. Raises
    AudioError where none of a class can be read.
    """
    random = np.random.default_rng(seed)
    classes = {
        label: _Utterances(source, np.flatnonzero(labels == label), random)
        for label in (BONAFIDE, SPOOF)
    }
    for _ in range(count):
        for kind, parts in KINDS.items():
            lengths = (random.uniform(SHORTEST, LONGEST, 2) * window).astype(int).tolist()
            in_order = parts if random.random() < 0.5 else parts[::-1]
            pairs = zip(in_order, lengths, strict=True)
            yield Joined(kind, np.concatenate([classes[label].take(n) for label, n in pairs]))


class _Utterances:
    """The utterances of one class in random order, again and again."""

    def __init__(self, source: Source, rows: np.ndarray, random: np.random.Generator):
        self._source, self._rows, self._random = source, rows, random
        self._next: list[int] = []

    def take(self, count: int) -> np.ndarray:
        """Return float32 (count,): utterances one after another, the last one cut."""
        samples = np.zeros(count, np.float32)
        filled, failures = 0, 0
        while filled < count:
            if not self._next:
                self._next = self._random.permutation(self._rows).tolist()
            try:
                filled += self._source.read(self._next.pop(), None, samples[filled:])
                failures = 0
            except AudioError:
                failures += 1
                if failures >= 2 * len(self._rows):  # each one has been tried
                    raise
        return samples
