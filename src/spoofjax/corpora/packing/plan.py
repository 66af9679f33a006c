"""packed.json: what a packed folder holds. It is written first and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.documents import Plan, Versioned
from spoofjax.corpora.packing.part_files import write_text
from spoofjax.corpora.packing.stored_manifest import digest
from spoofjax.errors import CorpusError, MissingCorpus
from spoofjax.json_files import read_json

PLAN = "packed.json"
VERSION = 1
REMEDY = "Pack the corpus again."


def is_packed(root: str | Path) -> bool:
    """Whether a folder was written by `spoofjax pack`."""
    return (Path(root) / PLAN).is_file()


def read_plan(root: str | Path) -> dict[str, Any]:
    """Return packed.json. Raises CorpusError where it is missing, damaged or of another version."""
    path = Path(root) / PLAN
    if not Path(root).is_dir():
        folder = str(Path(root).absolute())
        raise MissingCorpus(f"There is no folder {folder} (a packed corpus).", folder)
    if not path.is_file():
        raise CorpusError(
            f"{Path(root).absolute()} is not a packed corpus: it has no {PLAN}. "
            "Write one with `spoofjax pack CORPUS --out DIR`."
        )
    version = read_json(path, Versioned, CorpusError, REMEDY)["version"]
    if version != VERSION:
        raise CorpusError(
            f"{path} was written by another version of spoofjax (layout {version}, "
            f"this one reads {VERSION}). Pack the corpus again."
        )
    return read_json(path, Plan, CorpusError, REMEDY)


def claim(
    out: Path, manifests: Mapping[str, Manifest], rate: int, format: str, shard_rows: int
) -> None:
    """Write packed.json to a new folder, or check that a folder begun earlier is for the same.

    A folder in which nothing has been packed yet may be begun again for something else. Raises
    CorpusError where `out` holds other files, another corpus or another layout, and where the
    splits come from several corpora.
    """
    names = sorted({name for m in manifests.values() for name in m.names("corpus")})
    if len(names) != 1:
        raise CorpusError(
            f"These splits come from {len(names)} corpora ({', '.join(names)}). Pack each corpus "
            "into a folder of its own, and mix the packed ones in the configuration."
        )
    plan = {
        "version": VERSION,
        "corpus": names[0],
        "rate": rate,
        "format": format,
        "shard_rows": shard_rows,
        "splits": {
            name: {"rows": len(manifest), "sha256": digest(manifest)}
            for name, manifest in manifests.items()
        },
    }
    path = out / PLAN
    if path.exists():
        begun = read_json(path, kind=CorpusError, remedy="Choose another --out.")
        changed = next((key for key in plan if begun.get(key) != plan[key]), None)
        if changed is None:
            return
        if changed == "version" or not _is_only_begun(out):
            raise CorpusError(_difference(out, changed, begun.get(changed), plan[changed]))
    elif out.is_dir() and any(out.iterdir()):
        raise CorpusError(f"{out} holds other files. Choose an empty or a new folder for --out.")
    out.mkdir(parents=True, exist_ok=True)
    # Jobs of one array that start together all write this file, with the same bytes.
    write_text(path, json.dumps(plan, indent=1) + "\n")


def _is_only_begun(out: Path) -> bool:
    """Whether there is nothing in a folder but packed.json and empty folders of splits."""
    return all(
        entry.name == PLAN or (entry.is_dir() and not any(entry.iterdir()))
        for entry in out.iterdir()
    )


def _difference(out: Path, key: str, begun: Any, wanted: Any) -> str:
    if key == "splits" and isinstance(begun, dict):
        changed = sorted(set(begun) ^ set(wanted)) or [
            split for split in wanted if begun[split] != wanted[split]
        ]
        return (
            f"{out} was begun with other rows in {', '.join(changed)}: the protocol or the choice "
            "of splits has changed since. Choose another --out."
        )
    alternative = f" or --format {begun}" if key == "format" else ""
    return (
        f"{out} was begun with {key} {begun!r}, not {wanted!r}. Choose another --out{alternative}."
    )
