"""Utterances of which pieces are put into the clips of a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spoofjax.audio.seeds import DONOR, stream, uniforms
from spoofjax.corpora.manifest import BONAFIDE, SPOOF, Manifest
from spoofjax.loading.sample_labels import SampleLabels
from spoofjax.splicing import Splicing

Draw = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Fills clips from rows and seeds; returns the utterances used and their valid samples."""


@dataclass
class Donors:
    """The donors of a batch, one for each slot that gets pieces."""

    number: dict[int, int]
    """The donor of each slot."""
    clips: np.ndarray
    """float32 (donors, samples)."""
    lengths: np.ndarray
    """int64 (donors,): valid samples."""
    labels: np.ndarray
    """int8 (donors, samples): those of SampleLabels."""

    def put(
        self,
        splicing: Splicing,
        slot: int,
        clip: np.ndarray,
        labels: np.ndarray,
        seed: int,
        rate: int,
    ) -> None:
        """Put pieces of the donor of a slot, if it has one, into a clip and its labels in place."""
        if slot in self.number:
            number = self.number[slot]
            valid = slice(self.lengths[number])
            splicing.put(
                clip, labels, self.clips[number, valid], self.labels[number, valid], seed, rate
            )


@dataclass
class Spliced:
    """The clips of a batch that get pieces of donors, and the labels of the samples of all."""

    splicing: Splicing
    rate: int
    seeds: np.ndarray
    """uint64 (batch,): those of the draws."""
    labels: np.ndarray
    """int8 (batch, samples): those of SampleLabels."""
    donors: Donors

    def finish(self, slot: int, clip: np.ndarray, is_copy: bool) -> None:
        """Put pieces into a clip of valid samples, and write what becomes of its labels, in place.

        `is_copy` says whether the whole clip has become a spoofed copy.
        """
        labels = self.labels[slot, : len(clip)]
        if is_copy:
            labels[:] = SPOOF
        self.donors.put(self.splicing, slot, clip, labels, int(self.seeds[slot]), self.rate)


class Splicer:
    """Begins the splicing of batches of one manifest; `draw` reads the donors."""

    def __init__(
        self, manifest: Manifest, splicing: Splicing, rate: int, labels: SampleLabels, draw: Draw
    ):
        self._manifest, self._splicing, self._rate = manifest, splicing, rate
        self._labels, self._draw = labels, draw

    def begin(
        self,
        rows: np.ndarray,
        lengths: np.ndarray,
        seeds: np.ndarray,
        samples: int,
        is_copy: np.ndarray,
    ) -> Spliced:
        """Return the labels of a batch of clips of `samples`, and the donors of its slots.

        `rows`, `lengths` (valid samples), `seeds` and `is_copy` are (batch,).
        """
        labels = self._labels.of(rows, seeds, lengths, samples)
        classes = np.where(is_copy, SPOOF, self._manifest.label[rows])
        slots, donors = donor_rows(self._manifest, rows, classes, seeds, self._splicing)
        donor_seeds = stream(seeds[slots], DONOR)
        clips = np.zeros((len(slots), samples), np.float32)
        used, valid = self._draw(donors, donor_seeds, clips)
        donor_labels = self._labels.of(used, donor_seeds, valid, samples)
        number = {slot: number for number, slot in enumerate(slots.tolist())}
        drawn = Donors(number, clips, valid, donor_labels)
        return Spliced(self._splicing, self._rate, seeds, labels, drawn)


def donor_rows(
    manifest: Manifest, rows: np.ndarray, labels: np.ndarray, seeds: np.ndarray, splicing: Splicing
) -> tuple[np.ndarray, np.ndarray]:
    """Return which slots get pieces, and the utterances that these are of, int64 (donors,) each.

    `labels` (batch,) are those of the clips, which may be copies of `rows`. A slot gets no pieces
    where there is no utterance of the class but its own.
    """
    slots, donors = [], []
    draws = uniforms(stream(seeds, DONOR), 1)[:, 0]
    other_class = splicing.take_other_class(seeds)
    rows_of = {label: np.flatnonzero(manifest.label == label) for label in (BONAFIDE, SPOOF)}
    for slot in np.flatnonzero(splicing.are_spliced(seeds)).tolist():
        label = int(labels[slot]) ^ int(other_class[slot])
        candidates = rows_of[label]
        chosen = int(draws[slot] * len(candidates))
        if len(candidates) and candidates[chosen] == rows[slot]:
            chosen = (chosen + 1) % len(candidates)
        if len(candidates) and candidates[chosen] != rows[slot]:
            slots.append(slot)
            donors.append(int(candidates[chosen]))
    return np.array(slots, np.int64), np.array(donors, np.int64)
