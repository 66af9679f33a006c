"""The splits that a command needs, read and checked before anything expensive starts."""

from __future__ import annotations

from collections.abc import Sequence

from spoofjax.config import Corpus
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError


def training_splits(corpus: Corpus) -> dict[str, Manifest]:
    """Read the splits that training needs, train and dev, and eval if it is labelled.

    Raises CorpusError where train or dev is missing or lacks a class.
    """
    # A missing train or dev is read anyway: the error says which files the corpus expects.
    names = ("train", "dev", *(name for name in corpus.splits() if name == "eval"))
    manifests = {name: corpus.manifest(name) for name in names}
    for name in ("train", "dev"):
        _check_classes(corpus, name, manifests[name])
    if "eval" in manifests and not manifests["eval"].labelled:
        del manifests["eval"]
    return manifests


def chosen_splits(corpus: Corpus, names: Sequence[str] | None) -> dict[str, Manifest]:
    """Read the named splits, or dev and eval where they exist. Raises CorpusError if none does."""
    if names is None:
        existing = corpus.splits()
        names = [name for name in ("dev", "eval") if name in existing]
        if existing and not names:
            raise CorpusError(
                f"The corpus {corpus.name} has neither a dev nor an eval split; "
                f"name one with --split (it has: {', '.join(existing)})."
            )
        # Without any split, eval is read anyway: the error says which files the corpus expects.
        names = names or ["eval"]
    return {name: corpus.manifest(name) for name in names}


def _check_classes(corpus: Corpus, name: str, manifest: Manifest) -> None:
    for word in manifest.missing_classes:
        raise CorpusError(
            f"The {name} split of {corpus.name} has no {word} utterance; both classes are "
            "needed. Check the key column of its protocol."
        )
