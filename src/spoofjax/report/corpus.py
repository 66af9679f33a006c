"""What a report takes from the corpus of a run, where the corpus is still available."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax import config_files
from spoofjax.errors import SpoofjaxError
from spoofjax.loading.sources import source_of
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.own_corpus import expected_where_it_was


@dataclass(frozen=True)
class CorpusAtHand:
    """The counts of a corpus's splits, and a way to listen to its utterances.

    `listen(split, key)` returns float32 (samples,) of one utterance at `rate`, or raises a
    SpoofjaxError. It is None where the corpus is not available; `why_not` then says why, in a
    sentence.
    """

    counts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    listen: Callable[[str, str], np.ndarray] | None = None
    rate: int = 16_000
    why_not: str = "The report was written without looking for the corpus."


def corpus_at_hand(folder: Path, overrides: Sequence[str] = ()) -> CorpusAtHand:
    """Open the corpus of the run in `folder`; a corpus that is gone is not an error.

    `overrides` are command-line options such as `--data.root DIR`, for a corpus that has moved.
    """
    try:
        experiment = config_files.override(
            RunFolder(folder).experiment(), overrides, program="spoofjax report RUN"
        )
        # Without any split, asking for eval raises the error that says what is missing.
        splits = experiment.data.splits() or ("eval",)
        with expected_where_it_was(RunFolder(folder)):
            manifests = {split: experiment.data.manifest(split) for split in splits}
    except SpoofjaxError as error:
        return CorpusAtHand(why_not=f"The corpus of this run is not available: {error}")
    counts = {split: manifest.counts() for split, manifest in manifests.items()}
    if experiment.front_end.sample_shape:
        return CorpusAtHand(counts, why_not="This run was trained on embeddings, not on audio.")
    rate, samples = experiment.front_end.rate, experiment.clip.evaluate
    rows = {
        split: {key: row for row, key in enumerate(manifest.keys().tolist())}
        for split, manifest in manifests.items()
    }

    def listen(split: str, key: str) -> np.ndarray:
        if key not in rows.get(split, {}):
            raise SpoofjaxError(f"The corpus of this run has no {key} in {split}.")
        source = source_of(manifests[split], rate)
        try:
            clip = np.zeros(samples, np.float32)
            return clip[: source.clip(rows[split][key], None, clip, "pad")]
        finally:
            source.close()

    return CorpusAtHand(counts, listen, rate)
