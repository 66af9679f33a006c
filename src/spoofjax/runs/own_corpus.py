"""Is a corpus the one that a run was trained on, wherever it lies now?"""

from __future__ import annotations

import contextlib
import filecmp
from collections.abc import Iterator

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import AudioError, CorpusError, MissingCorpus
from spoofjax.loading.sources import Source, source_of
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.results import roots
from spoofjax.runs.training_data import are_recorded, read_training_data

COMPARED = 16
"""How many utterances of two copies of a corpus are compared."""
COMPARED_SECONDS = 10
"""How much of each utterance is compared."""
ROUNDING = 1 / 32768
"""Largest difference between samples and the same samples rounded to 16 bits for packing."""


def is_own(run: RunFolder, corpus: Corpus, split: str, manifest: Manifest) -> bool:
    """Whether a split has the utterances that the run was trained or first evaluated on.

    The fingerprints recorded in the run decide. They do not cover the audio, so where the run's own
    corpus still lies at its place, some utterances of both are compared as well: a copy with noise
    added is another corpus, and a packed copy is the same one. Without fingerprints, as in runs of
    older versions, only the corpus of the run's configuration is its own.
    """
    experiment = run.experiment()
    own, rate = experiment.data, experiment.front_end.rate
    recorded = read_training_data(run.training_data).get(split)
    if recorded is None:
        return corpus == own
    if not are_recorded(recorded, manifest):
        return False
    return corpus == own or _has_same_audio(own, split, manifest, rate)


def _has_same_audio(own: Corpus, split: str, manifest: Manifest, rate: int) -> bool:
    """Whether some utterances of both corpora sound the same, or the run's own corpus is gone."""
    try:
        original = own.manifest(split)
    except CorpusError:
        return True  # It has moved, and this is where.
    if len(original) != len(manifest):
        return True  # What lies at the old place is not the run's corpus any more.
    rows = np.unique(np.linspace(0, len(manifest) - 1, COMPARED).astype(int)).tolist()
    different = [
        row for row in rows if not _are_equal_files(original.path(row), manifest.path(row))
    ]
    try:
        with (
            contextlib.closing(source_of(original, rate)) as first,
            contextlib.closing(source_of(manifest, rate)) as second,
        ):
            return all(_has_same_samples(first, second, row, rate) for row in different)
    except (AudioError, CorpusError):
        return False


def _are_equal_files(first: str, second: str) -> bool:
    try:
        return filecmp.cmp(first, second, shallow=False)
    except OSError:
        return False  # Packed audio has no files of its own.


def _has_same_samples(first: Source, second: Source, row: int, rate: int) -> bool:
    """Whether an utterance has the same length and, up to rounding, samples in both sources."""
    if first.length(row) != second.length(row):
        return False
    samples = np.zeros((2, min(first.length(row), COMPARED_SECONDS * rate)), np.float32)
    first.read(row, None, samples[0])
    second.read(row, None, samples[1])
    return bool(np.abs(samples[0] - samples[1]).max() <= ROUNDING)


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
