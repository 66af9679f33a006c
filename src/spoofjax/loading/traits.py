"""The traits of a manifest's utterances, read in threads."""

from __future__ import annotations

from contextlib import closing

import numpy as np

from spoofjax.audio.traits import TRAITS, measure
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import AudioError
from spoofjax.loading.readers import Readers
from spoofjax.loading.sources import source_of
from spoofjax.processor import available_cores

LONGEST_SECONDS = 60
"""Of longer utterances, this much is measured, from the start."""


def traits_of(manifest: Manifest, rate: int, threads: int | None = None) -> np.ndarray:
    """Return float64 (utterances, len(TRAITS)): `audio.traits.measure` of each utterance.

    The row of an utterance that cannot be read is NaN. Raises CorpusError as `source_of` does.
    """
    traits = np.full((len(manifest), len(TRAITS)), np.nan)
    readers = Readers(threads or available_cores())
    with closing(readers), closing(source_of(manifest, rate)) as source:

        def read(row: int) -> None:
            try:
                samples = min(source.length(row), LONGEST_SECONDS * rate)
                out = np.zeros(samples, np.float32)
                traits[row] = measure(out[: source.read(row, None, out)], rate)
            except AudioError:
                return  # its row stays NaN

        readers.each(read, range(len(manifest)))
    return traits
