"""A folder for the fused scores of several systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spoofjax.errors import RunError
from spoofjax.evaluation.fusion import Fusion
from spoofjax.evaluation.scores import Scores, write_scores
from spoofjax.files import write_json
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.scores import write_key
from spoofjax.runs.systems import Joined


def write_fusion(
    out: Path, systems: Sequence[str], fusion: Fusion, joined: Mapping[str, Joined]
) -> None:
    """Write the fused scores of splits, their keys and the weights to a new folder.

    `systems` are the paths of what was fused. Raises RunError where the folder is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise RunError(f"{out} is not empty. Choose another --out.")
    place = RunFolder(out)
    for split, one in joined.items():
        scores = Scores(one.keys.ids, fusion(one.scores))
        write_scores(place.scores(one.corpus, split), scores)
        write_key(place.key(one.corpus, split), one.keys)
    write_weights(place, systems, fusion)


def write_weights(place: RunFolder, systems: Sequence[str], fusion: Fusion) -> None:
    """Record the weights of a fusion and what was fused."""
    facts: dict[str, Any] = {"runs": list(systems), **fusion.to_json()}
    write_json(place.fusion, facts)
