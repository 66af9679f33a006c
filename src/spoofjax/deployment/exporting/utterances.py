"""Utterances on which an export is compared with its run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spoofjax.audio.clips import most_samples
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.loading.sources import source_of

LONGER = 400
"""Samples of an utterance beyond the longest clip that are kept, so that cutting is checked too."""
AT_ONCE = 8
"""Utterances of a batch."""
COUNT = 100
"""How many utterances are compared where nothing else is asked for."""
SECONDS = 20.0
"""How long comparing them may take before the rest is left out."""


@dataclass(frozen=True)
class Utterances:
    """Waveforms with their labels, or without."""

    waveforms: Sequence[np.ndarray]
    """float32 (samples,) each, at the rate of the front end."""
    labels: Sequence[int]
    """1 = bona fide, 0 = spoof, -1 = unknown."""
    what: str
    """What they are, in words."""
    seconds: float = SECONDS
    """No further batch is compared once this time has passed."""

    def batches(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (waveform, lengths) of neighbours: float32 (batch, n) and int32 (batch,)."""
        for start in range(0, len(self.waveforms), AT_ONCE):
            members = self.waveforms[start : start + AT_ONCE]
            lengths = np.array([len(waveform) for waveform in members], np.int32)
            batch = np.zeros((len(members), lengths.max()), np.float32)
            for row, waveform in zip(batch, members, strict=True):
                row[: len(waveform)] = waveform
            yield batch, lengths


def utterances_of(
    experiment: Experiment, manifest: Manifest, split: str, count: int | None = None
) -> Utterances:
    """Return up to `count` utterances of a split, of both classes in turn.

    They are spread over the split, whose order often is that of attacks or speakers. None takes a
    hundred, or as many as can be compared in 20 seconds. Raises AudioError where one cannot be
    read.
    """
    seconds = SECONDS if count is None else math.inf
    count = count or COUNT
    rows = _in_turn(manifest.label, count)
    rate, samples = experiment.front_end.rate, most_samples(experiment.clip) + LONGER
    source = source_of(manifest, rate)
    waveforms = []
    for row in rows:
        out = np.zeros(samples, np.float32)
        waveforms.append(out[: source.read(int(row), None, out)])
    source.close()
    labels = [int(manifest.label[row]) for row in rows]
    return Utterances(waveforms, labels, f"utterances of {split}", seconds)


def _in_turn(labels: np.ndarray, count: int) -> list[int]:
    """Return rows of each label in turn, evenly spread over the rows of that label."""
    classes = [np.flatnonzero(labels == label) for label in np.unique(labels)[::-1]]
    share = -(-count // len(classes))
    spread = [
        rows[np.linspace(0, len(rows) - 1, min(share, len(rows))).round().astype(int)]
        for rows in classes
    ]
    longest = max(len(rows) for rows in spread)
    turns = [int(rows[k]) for k in range(longest) for rows in spread if k < len(rows)]
    return turns[:count]


def noise(rate: int, count: int = AT_ONCE) -> Utterances:
    """Return clips of two to five seconds of noise, for a run without a corpus."""
    generator = np.random.default_rng(0)
    waveforms = [
        generator.normal(0, 0.1, rate * (2 + number % 4)).clip(-1, 1).astype(np.float32)
        for number in range(count)
    ]
    return Utterances(waveforms, [-1] * count, "clips of noise")
