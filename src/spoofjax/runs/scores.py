"""A run's scores and what they should have been, side by side in its folder scores/.

Beside every <corpus>.<split>.tsv lies a key, <corpus>.<split>.key.tsv, so that a run folder can be
judged, drawn and compared without its corpus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.evaluation.calibration import Affine
from spoofjax.evaluation.keys import Keys, read_keys
from spoofjax.evaluation.scores import Scores, join, read_scores
from spoofjax.files import write_text
from spoofjax.runs.folder import RunFolder

KEY_COLUMNS = {
    "attack": "attack",
    "codec": "codec",
    "speaker": "spk",
    "gender": "gender",
    "language": "language",
}
"""Columns of a manifest and their headings in a key file."""
WORDS = {1: "bonafide", 0: "spoof"}


def write_key(
    path: Path, ids: np.ndarray, label: np.ndarray, columns: Mapping[str, Sequence[str]]
) -> None:
    """Write a key: TAB, header `filename cm-label attack ...`; '-' where there is none.

    `ids` str and `label` int (utterances,); `columns` holds one value per utterance by name.
    """
    values = [ids.tolist(), [WORDS[int(value)] for value in label]]
    values += [columns[name] for name in KEY_COLUMNS]
    lines = ["\t".join(("filename", "cm-label", *KEY_COLUMNS.values()))]
    lines += ["\t".join(row) for row in zip(*values, strict=True)]
    write_text(path, "\n".join(lines) + "\n")


def read_split(run: RunFolder, corpus: str, split: str) -> tuple[Scores, Keys]:
    """Return a split's labelled scores in the order of its key, and the key. Raises ScoreError."""
    keys = read_keys(run.key(corpus, split))
    return join(read_scores(run.scores(corpus, split)), keys), keys


def to_llr(decided: Mapping[str, Any], scores: np.ndarray) -> np.ndarray:
    """Return log-likelihood ratios of raw scores, float64 (utterances,).

    `decided` is a run's decision: the scores are calibrated, or less the training prior's odds.
    """
    if decided["calibration"] is not None:
        return Affine.from_json(decided["calibration"])(scores)
    return scores - decided["log_prior_odds"]
