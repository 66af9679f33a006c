"""The scores of several runs, joined by utterance, and a folder for their fusion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from spoofjax.errors import RunError
from spoofjax.evaluation.fusion import Fusion
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.scores import Scores, join, read_scores, write_scores
from spoofjax.files import write_json
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.scores import read_labelled, write_key


class Joined(NamedTuple):
    """The scores that several runs gave the same utterances."""

    corpus: str
    keys: Keys
    scores: np.ndarray
    """float64 (utterances, runs)."""


def joined_scores(folders: Sequence[Path], split: str) -> Joined:
    """Return the scores of a split by several finished runs, in the order of the first one's key.

    The runs may name the corpus differently, as a run on audio and one on embeddings do, but their
    utterances must have the same ids. Raises RunError and ScoreError.
    """
    corpora = [RunFolder(folder).require().read_metrics(split)["corpus"] for folder in folders]
    first = RunFolder(folders[0])
    own, keys = read_labelled(first.scores(corpora[0], split), first.key(corpora[0], split))
    columns = [own.score]
    for folder, corpus in zip(folders[1:], corpora[1:], strict=True):
        columns.append(join(read_scores(RunFolder(folder).scores(corpus, split)), keys).score)
    return Joined(corpora[0], keys, np.stack(columns, axis=1))


def write_fusion(
    out: Path, folders: Sequence[Path], fusion: Fusion, joined: dict[str, Joined]
) -> None:
    """Write the fused scores of splits, their keys and the weights to a new folder.

    Raises RunError where the folder is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise RunError(f"{out} is not empty. Choose another --out.")
    place = RunFolder(out)
    for split, one in joined.items():
        scores = Scores(one.keys.ids, fusion(one.scores))
        write_scores(place.scores(one.corpus, split), scores)
        write_key(place.key(one.corpus, split), one.keys)
    facts: dict[str, Any] = {"runs": [str(folder) for folder in folders], **fusion.to_json()}
    write_json(place.fusion, facts)
