"""A corpus without some attacks, codecs, languages or sources, to train on the rest."""

from __future__ import annotations

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
    a value that no utterance of train has.
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
        return self.rest(split, self.corpus.manifest(split))

    def rest(self, split: str, manifest: Manifest) -> Manifest:
        """Return what is left of a split of the corpus that was read before."""
        if split not in TRAINED:
            return manifest
        tally = manifest.column(self.column).tally()
        missing = [value for value in self.values if value not in tally]
        if missing and split == "train":
            raise CorpusError(
                f"No utterance of train has {self.column} {missing[0]!r}."
                f"{nearest(missing[0], tally)} There are: {', '.join(tally) or 'none'}."
            )
        return manifest.take(~has_value(manifest, self.column, self.values))


def has_value(manifest: Manifest, column: str, values: tuple[str, ...]) -> np.ndarray:
    """Return bool (utterances,): whether an utterance has one of the values of a column."""
    names = manifest.names(column)
    codes = [code for code, name in enumerate(names) if name in values]
    return np.isin(manifest.codes(column), codes)
