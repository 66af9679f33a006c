"""synthesis.json: what a folder of copies is made of. It is written first and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoofjax.config_files import to_json
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.part_files import write_text
from spoofjax.corpora.packing.stored_manifest import digest
from spoofjax.errors import CorpusError
from spoofjax.files import sha256_of
from spoofjax.json_files import read_json
from spoofjax.synthesis.neural import weight_files
from spoofjax.synthesis.parents import Synthesis
from spoofjax.version import version

PLAN = "synthesis.json"


def claim(out: Path, originals: Mapping[str, Manifest], synthesis: Synthesis) -> None:
    """Write synthesis.json to a new folder, or check that a folder begun earlier is for the same.

    `originals` holds the parents of each split. Raises CorpusError where `out` holds other files or
    was begun for something else.
    """
    plan = _plan(originals, synthesis)
    path = out / PLAN
    if path.exists():
        begun = read_json(path, kind=CorpusError, remedy="Choose another --out.")
        changed = [name for name in plan if begun.get(name) != plan[name]]
        if changed:
            raise CorpusError(
                f"{out} was begun with other {' and '.join(changed)}: see {path}. Choose another "
                "--out, or repeat the command as it was."
            )
        return
    if out.is_dir() and any(out.iterdir()):
        raise CorpusError(f"{out} holds other files. Choose an empty or a new folder for --out.")
    out.mkdir(parents=True, exist_ok=True)
    # Jobs of one array that start together all write this file, with the same bytes.
    write_text(path, json.dumps(plan, indent=1) + "\n")


def _plan(originals: Mapping[str, Manifest], synthesis: Synthesis) -> dict[str, Any]:
    plan = {
        "version": version(),
        "seed": synthesis.seed,
        "each": synthesis.each,
        "with_bonafide": synthesis.with_bonafide,
        "transmission": synthesis.is_transmission,
        "attacks": {tag: to_json(attack) for tag, attack in synthesis.attacks.items()},
        "splits": {
            split: {"parents": len(manifest), "sha256": digest(manifest)}
            for split, manifest in originals.items()
        },
    }
    hashes = {
        tag: {path.name: sha256_of(path) for path in weight_files(attack)}
        for tag, attack in synthesis.attacks.items()
    }
    # Folders of attacks without weights stay those of versions that recorded none.
    weights = {tag: files for tag, files in hashes.items() if files}
    return plan | ({"weights": weights} if weights else {})
