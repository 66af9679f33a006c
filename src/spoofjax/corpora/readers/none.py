"""The corpus of a run that has none: its weights were imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from spoofjax.config import Corpus
from spoofjax.errors import CorpusError


@dataclass(frozen=True)
class NoCorpus(Corpus):
    """Stands where a configuration names a corpus. Whatever needs utterances says what to do."""

    @property
    def name(self) -> str:
        """Always 'none'."""
        return "none"

    def splits(self) -> tuple[str, ...]:
        """Raise CorpusError."""
        self._refuse()

    def manifest(self, split: str) -> NoReturn:
        """Raise CorpusError."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise CorpusError(
            "The weights of this run were imported, so it has no corpus of its own. Name one with "
            "--corpus PATH."
        )
