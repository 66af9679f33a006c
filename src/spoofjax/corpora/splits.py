"""Which splits of a corpus a command needs, checked before anything heavy is started."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError


def training_splits(corpus: Corpus) -> dict[str, Manifest]:
    """Read the splits that training needs (train, dev) and eval where it is labelled.

    Raises CorpusError where train or dev is missing or lacks a class.
    """
    there = corpus.splits()
    manifests = {}
    for name in ("train", "dev", "eval"):
        if name in there:
            manifests[name] = corpus.manifest(name)
        elif name != "eval":
            # Reading it anyway gives the corpus's own words on what was expected where.
            manifests[name] = corpus.manifest(name)
    for name in ("train", "dev"):
        _check_classes(corpus, name, manifests[name])
    if "eval" in manifests and not manifests["eval"].labelled:
        del manifests["eval"]
    return manifests


def chosen_splits(corpus: Corpus, names: Sequence[str] | None) -> dict[str, Manifest]:
    """Read the named splits, or dev and eval where they exist. Raises CorpusError if none does."""
    there = corpus.splits()
    if names is None:
        names = [name for name in ("dev", "eval") if name in there]
        if not names:
            raise CorpusError(
                f"The corpus {corpus.name} has neither a dev nor an eval split; "
                f"name one with --split (there: {', '.join(there) or 'none'})."
            )
    return {name: corpus.manifest(name) for name in names}


def _check_classes(corpus: Corpus, name: str, manifest: Manifest) -> None:
    for label, word in ((1, "bona fide"), (0, "spoof")):
        if not np.any(manifest.label == label):
            raise CorpusError(
                f"The {name} split of {corpus.name} has no {word} utterance; both classes are "
                "needed. Check the key column of its protocol."
            )
