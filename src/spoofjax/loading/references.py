"""Which reference a drawn utterance is compared with: a pure function of (seed, draw)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from spoofjax.audio.seeds import REFERENCE, stream, uniforms
from spoofjax.corpora.manifest import BONAFIDE, Manifest
from spoofjax.errors import CorpusError

REMEDY = "Compare with anyone (--reference anyone), train without references (--reference none)"


class References:
    """Another bona fide utterance for each utterance, bona fide or spoofed.

    It is one of the same speaker, or of anyone. Speakers of different corpora are different
    speakers, even under one name. A speaker with a single bona fide utterance is compared with it
    even where it is drawn itself.
    """

    def __init__(self, manifest: Manifest, whose: Literal["speaker", "anyone"]):
        """Raise CorpusError where an utterance has no speaker, or its speaker no bona fide one."""
        one_voice = np.zeros(len(manifest), np.int64)
        speakers = _speakers(manifest) if whose == "speaker" else one_voice
        bonafide = np.flatnonzero(manifest.label == BONAFIDE)
        self._speakers = speakers
        # Bona fide utterances by speaker: those of speaker s begin at firsts[s].
        self._rows = bonafide[np.argsort(speakers[bonafide], kind="stable")]
        self._counts = np.bincount(speakers[bonafide], minlength=speakers.max(initial=-1) + 1)
        self._firsts = np.cumsum(self._counts) - self._counts
        self._places = np.full(len(manifest), -1)
        self._places[self._rows] = np.arange(len(self._rows))
        if whose == "speaker":
            _check(manifest, speakers, self._counts)
        elif not len(bonafide):
            raise CorpusError(f"{manifest.corpus} has no bona fide utterance to train with.")

    def of(self, rows: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        """Return int64 (draws,): the reference of each drawn utterance.

        `rows` int64 (draws,) are the utterances, and `seeds` uint64 (draws,) those of the draws.
        """
        speakers, places = self._speakers[rows], self._places[rows]
        counts = self._counts[speakers]
        # A bona fide utterance is not its own reference, unless its speaker has no other.
        steps_over = (places >= 0) & (counts > 1)
        draws = uniforms(stream(seeds, REFERENCE), 1)[:, 0]
        chosen = self._firsts[speakers] + (draws * (counts - steps_over)).astype(np.int64)
        return self._rows[chosen + (steps_over & (chosen >= places))]

    def candidates(self, row: int) -> np.ndarray:
        """Return int64: all utterances that `row` may be compared with, itself included."""
        speaker = self._speakers[row]
        first = self._firsts[speaker]
        return np.sort(self._rows[first : first + self._counts[speaker]])


def _speakers(manifest: Manifest) -> np.ndarray:
    """Return int64 (utterances,): a number for each speaker of each corpus. Raises CorpusError."""
    codes = manifest.codes("speaker")
    nameless = np.flatnonzero(codes < 0)
    if len(nameless):
        raise CorpusError(
            f"{len(nameless)} utterance(s) of {manifest.corpus} have no speaker (first: "
            f'{manifest.ids[nameless[0]]}), but reference="speaker" needs one. {REMEDY}, or name '
            "the speakers in the protocol."
        )
    pairs = np.stack([manifest.codes("corpus"), codes], axis=1)
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)


def _check(manifest: Manifest, speakers: np.ndarray, counts: np.ndarray) -> None:
    without = np.flatnonzero(counts[speakers] == 0)
    if len(without):
        raise CorpusError(
            f"Speaker {manifest.column('speaker').at(int(without[0]))} of {manifest.corpus} has no "
            f"bona fide utterance in the training split (like {len(np.unique(speakers[without]))} "
            f'speaker(s) in all), but reference="speaker" compares every utterance with one. '
            f"{REMEDY}, or leave these speakers out of the protocol."
        )
