"""A corpus without some attacks, codecs, languages or sources, to train on the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError, nearest

TRAINED = ("train", "dev")


@dataclass(frozen=True)
class Without(Corpus):
    """Another corpus whose train and dev lack the utterances with some values of a column.

    Without(corpus, "attack", ("A01",)) trains and chooses checkpoints without attack A01; eval is
    that of the corpus. Reading train raises CorpusError for a column that the corpus lacks and for
    a value that no utterance of train or dev has.
    """

    corpus: Corpus
    column: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.corpus.name

    def splits(self) -> tuple[str, ...]:
        return self.corpus.splits()

    def manifest(self, split: str) -> Manifest:
        """Read one split of the corpus and leave out what is to be left out."""
        manifest = self.corpus.manifest(split)
        if split == "train":
            others = (other for other in TRAINED if other != split and other in self.splits())
            self.check(
                {split: manifest, **{other: self.corpus.manifest(other) for other in others}}
            )
        return self.rest(split, manifest)

    def check(self, manifests: Mapping[str, Manifest]) -> None:
        """Raise CorpusError for a value that train and dev of `manifests`, by split, both lack."""
        splits = [split for split in TRAINED if split in manifests]
        tallies = [manifests[split].column(self.column).tally() for split in splits]
        known = sorted(set().union(*tallies))
        for value in self.values:
            if value not in known:
                raise CorpusError(
                    f"No utterance of {' or '.join(splits)} has {self.column} {value!r}."
                    f"{nearest(value, known)} There are: {', '.join(known) or 'none'}."
                )

    def rest(self, split: str, manifest: Manifest) -> Manifest:
        """Return what is left of a split of the corpus that was read before."""
        if split not in TRAINED:
            return manifest
        return manifest.take(~has_value(manifest, self.column, self.values))


def has_value(manifest: Manifest, column: str, values: tuple[str, ...]) -> np.ndarray:
    """Return bool (utterances,): whether an utterance has one of the values of a column."""
    names = manifest.names(column)
    codes = [code for code, name in enumerate(names) if name in values]
    return np.isin(manifest.codes(column), codes)
