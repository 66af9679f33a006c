"""Several corpora as one."""

from __future__ import annotations

from dataclasses import dataclass

from spoofjax.config import Corpus
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.readers.base import SPLITS
from spoofjax.errors import CorpusError


@dataclass(frozen=True)
class Mixture(Corpus):
    """Several corpora as one; each split joins those that have it.

    `weights` are one positive number for each corpus, proportional to its share of the training
    draws; without them every utterance counts the same. They reach the sampler as
    `Manifest.shares` and do not affect evaluation. Raises CorpusError for wrong weights and for
    names used twice.
    """

    corpora: tuple[Corpus, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        names = [corpus.name for corpus in self.corpora]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if not names:
            raise CorpusError("A mixture needs corpora: Mixture((ASVspoof5(...), Folder(...))).")
        if repeated:
            raise CorpusError(
                f"Two corpora of a mixture are called {repeated[0]!r}; an utterance is identified "
                "by (corpus, id). Give them different names, such as Folder(root, name='calls')."
            )
        if self.weights and (len(self.weights) != len(names) or min(self.weights) <= 0):
            raise CorpusError(
                f"{len(names)} corpora ({', '.join(names)}) need as many positive weights, "
                f"not {self.weights}."
            )

    @property
    def name(self) -> str:
        return "+".join(corpus.name for corpus in self.corpora)

    def splits(self) -> tuple[str, ...]:
        existing = {split for corpus in self.corpora for split in corpus.splits()}
        return tuple(split for split in SPLITS if split in existing)

    def manifest(self, split: str) -> Manifest:
        """Read and join one split of all corpora that have it; raises their CorpusErrors."""
        splits = [corpus.splits() for corpus in self.corpora]
        members = [n for n, existing in enumerate(splits) if split in existing]
        empty = next((n for n, existing in enumerate(splits) if not existing), None)
        if empty is not None or not members:
            # Reading it anyway raises an error that says which files the corpus expects.
            return self.corpora[empty or 0].manifest(split)
        parts = [self.corpora[n].manifest(split) for n in members]
        shares = {}
        if self.weights:
            total = sum(self.weights[n] for n in members)
            shares = {self.corpora[n].name: self.weights[n] / total for n in members}
        return Manifest.concatenate(parts, shares)
