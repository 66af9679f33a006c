"""embeddings.json: what a folder of embeddings holds. It is written first and never changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, TypedDict

from spoofjax.corpora.packing.part_files import write_text
from spoofjax.errors import CorpusError, MissingCorpus
from spoofjax.json_files import read_json
from spoofjax.names import FileName
from spoofjax.shapes import Count, between

PLAN = "embeddings.json"
VERSION = 1
Positive = Annotated[int, between(1)]


class EmbeddedSplit(TypedDict):
    """What embeddings.json says of a split."""

    rows: Count
    sha256: str


class Provenance(TypedDict):
    """Where embeddings come from."""

    config: dict[str, Any]
    weights: str
    copies: Count


class Plan(TypedDict):
    """embeddings.json."""

    version: int
    corpus: FileName
    layers: list[str]
    width: Positive
    pool: str
    shard_rows: Positive
    splits: dict[FileName, EmbeddedSplit]
    provenance: Provenance


def is_embedded(root: str | Path) -> bool:
    """Whether a folder was written by `spoofjax embed`."""
    return (Path(root) / PLAN).is_file()


def read_plan(root: str | Path) -> dict[str, Any]:
    """Return embeddings.json. Raises CorpusError where it is missing, damaged or too new."""
    path = Path(root) / PLAN
    if not Path(root).is_dir():
        folder = str(Path(root).absolute())
        raise MissingCorpus(f"There is no folder {folder} (embeddings).", folder)
    plan = read_json(path, Plan, CorpusError, "Write the embeddings again.")
    if plan["version"] != VERSION:
        raise CorpusError(
            f"{path} was written by another version of spoofjax (layout {plan['version']}, "
            f"this one reads {VERSION}). Write the embeddings again."
        )
    return plan


def claim(out: Path, plan: Plan) -> None:
    """Write embeddings.json to a new folder, or check that a folder begun earlier has the same.

    Raises CorpusError where `out` holds other files, or was begun with other settings.
    """
    path = out / PLAN
    if path.exists():
        begun = read_json(path, kind=CorpusError, remedy="Choose another --out.")
        changed = [key for key in plan if begun.get(key) != json.loads(json.dumps(plan))[key]]
        if changed:
            raise CorpusError(
                f"{out} was begun with other {' and '.join(changed)}. Continue with the same "
                "configuration, weights and options, or choose another --out."
            )
        return
    if out.is_dir() and any(out.iterdir()):
        raise CorpusError(f"{out} holds other files. Choose an empty or a new folder for --out.")
    out.mkdir(parents=True, exist_ok=True)
    # Jobs that start together all write this file, with the same bytes.
    write_text(path, json.dumps(plan, indent=1) + "\n")
