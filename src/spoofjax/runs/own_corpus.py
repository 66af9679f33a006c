"""Is a corpus the one that a run was trained on, wherever it lies now?"""

from __future__ import annotations

import contextlib
import filecmp
from collections.abc import Iterator

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError, MissingCorpus
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.results import roots
from spoofjax.runs.training_data import fingerprints, read_training_data

COMPARED = 16
"""How many audio files of two copies of a corpus are compared."""


def is_own(run: RunFolder, corpus: Corpus, split: str, manifest: Manifest) -> bool:
    """Whether a split has the utterances that the run was trained or first evaluated on.

    The fingerprints recorded in the run decide. They do not cover the audio, so where the run's own
    corpus still lies at its place, some files of both are compared as well: a copy with noise
    added is another corpus. Without fingerprints, as in runs of older versions, only the corpus of
    the run's configuration is its own.
    """
    own = run.experiment().data
    recorded = read_training_data(run.training_data).get(split)
    if recorded is None:
        return corpus == own
    if not np.array_equal(recorded, fingerprints(manifest)):
        return False
    return corpus == own or _has_same_audio(own, split, manifest)


def _has_same_audio(own: Corpus, split: str, manifest: Manifest) -> bool:
    """Whether a sample of the files of both corpora is equal, or the run's own corpus is gone."""
    try:
        original = own.manifest(split)
    except CorpusError:
        return True  # It has moved, and this is where.
    if len(original) != len(manifest):
        return True  # What lies at the old place is not the run's corpus any more.
    rows = np.unique(np.linspace(0, len(manifest) - 1, COMPARED).astype(int))
    try:
        return all(
            filecmp.cmp(original.path(row), manifest.path(row), shallow=False)
            for row in rows.tolist()
        )
    except OSError:
        return False  # Packed audio, for example, has no files to compare.


@contextlib.contextmanager
def expected_where_it_was(run: RunFolder) -> Iterator[None]:
    """Let the error of a missing corpus say that the run was trained on it, and what to do."""
    try:
        yield
    except MissingCorpus as error:
        folders = roots(run.experiment().data)
        if error.folder not in folders:
            raise
        option = "--data.root DIR"
        if len(folders) > 1:
            option = f"--data.corpora.{folders.index(error.folder)}.root DIR"
        raise MissingCorpus(
            f"no folder {error.folder} (the run was trained on it; give {option} if it has moved)",
            error.folder,
        ) from error
