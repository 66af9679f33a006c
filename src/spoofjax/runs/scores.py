"""The scores of a run and their keys, both in its folder scores/.

The key of a split holds the labels and columns of the manifest, so that a run can be evaluated,
plotted and compared without its corpus.
"""

from __future__ import annotations

from pathlib import Path

from spoofjax.evaluation.keys import Keys, read_keys
from spoofjax.evaluation.scores import Scores, join, read_scores
from spoofjax.files import write_text

WORDS = {1: "bonafide", 0: "spoof"}


def write_key(path: Path, keys: Keys) -> None:
    """Write a key: TAB, header `filename cm-label attack ...`; '-' stands for no value."""
    # ASVspoof 5 calls its column of speakers 'spk'.
    headings = ["spk" if name == "speaker" else name for name in keys.columns]
    values = [keys.ids.tolist(), [WORDS[label] for label in keys.label.tolist()]]
    values += [column.values() for column in keys.columns.values()]
    lines = ["\t".join(("filename", "cm-label", *headings))]
    lines += ["\t".join(row) for row in zip(*values, strict=True)]
    write_text(path, "\n".join(lines) + "\n")


def read_labelled(scores: Path, key: Path) -> tuple[Scores, Keys]:
    """Return labelled scores in the order of their key, and the key. Raises ScoreError."""
    keys = read_keys(key)
    return join(read_scores(scores), keys), keys
