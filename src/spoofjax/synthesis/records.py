"""What is written beside copies: protocols in ASVspoof 5 layout, and the origin of each file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from spoofjax.config_files import to_json
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.part_files import write_text
from spoofjax.corpora.readers.asvspoof5 import AUDIO, PROTOCOLS
from spoofjax.synthesis.parents import ITSELF, Parent, Synthesis, file_stem
from spoofjax.version import version

PROVENANCE = "provenance.jsonl"


class Record(TypedDict):
    """What became of one parent, in the order of all parents of the command."""

    sha256: list[str]
    problem: str


def audio_folder(out: Path, split: str) -> Path:
    """Return where the files of a split lie."""
    return out / AUDIO[split][0]


def write_records(
    out: Path,
    bonafide: Mapping[str, Manifest],
    parents: Sequence[Parent],
    records: Sequence[Record],
    synthesis: Synthesis,
) -> None:
    """Write the protocol of each split and provenance.jsonl, each in one step."""
    readable = [(p, r["sha256"]) for p, r in zip(parents, records, strict=True) if r["sha256"]]
    rows = [json.dumps(row) for row in _provenance(readable, bonafide, synthesis)]
    write_text(out / PROVENANCE, "".join(f"{row}\n" for row in rows))
    for split, manifest in bonafide.items():
        lines = _protocol([parent for parent, _ in readable if parent.split == split], manifest)
        write_text(out / PROTOCOLS[split][0], "".join(f"{line}\n" for line in lines))


def _provenance(
    readable: Sequence[tuple[Parent, list[str]]],
    bonafide: Mapping[str, Manifest],
    synthesis: Synthesis,
) -> Iterator[dict[str, Any]]:
    """Yield one row for each file."""
    settings: dict[str, Any] = {tag: to_json(a) for tag, a in synthesis.attacks.items()}
    corpora = {split: rows.columns["corpus"].values() for split, rows in bonafide.items()}
    for parent, hashes in readable:
        for copy, sha256 in zip(parent.copies, hashes, strict=True):
            yield {
                "id": copy.id,
                "split": parent.split,
                "corpus": corpora[parent.split][parent.row],
                "parent": str(bonafide[parent.split].ids[parent.row]),
                "attack": copy.tag,
                "settings": settings.get(copy.tag),
                "seed": copy.seed,
                "version": version(),
                "sha256": sha256,
            }


def _protocol(parents: Sequence[Parent], bonafide: Manifest) -> Iterator[str]:
    """Yield the rows of a protocol: speaker id gender codec quality seed adaptation attack key -.

    Speaker, gender and codec are the parent's.
    """
    columns = [
        ["-" if value == "-" else file_stem(value) for value in bonafide.columns[name].values()]
        for name in ("speaker", "gender", "codec")
    ]
    for parent in parents:
        speaker, gender, codec = (values[parent.row] for values in columns)
        for copy in parent.copies:
            is_parent = copy.tag == ITSELF
            attack, key = ("bonafide", "bonafide") if is_parent else (copy.tag, "spoof")
            yield f"{speaker} {copy.id} {gender} {codec} - - - {attack} {key} -"
