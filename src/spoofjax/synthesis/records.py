"""What is written beside copies: protocols in ASVspoof 5 layout, and the origin of each file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from spoofjax.config_files import to_json
from spoofjax.corpora.manifest import BONAFIDE, Manifest
from spoofjax.corpora.packing.part_files import write_text
from spoofjax.corpora.readers.asvspoof5 import AUDIO, PROTOCOLS
from spoofjax.synthesis.parents import ITSELF, Parent, Synthesis, file_stem
from spoofjax.version import version

PROVENANCE = "provenance.jsonl"
UNNAMED_ATTACK = "unknown"
"""In protocols, the attack of a spoof of which none is known: bona fide rows alone have none."""


class Record(TypedDict):
    """What became of one parent, in the order of all parents of the command."""

    sha256: list[str]
    problem: str


def audio_folder(out: Path, split: str) -> Path:
    """Return where the files of a split lie."""
    return out / AUDIO[split][0]


def write_records(
    out: Path,
    originals: Mapping[str, Manifest],
    parents: Sequence[Parent],
    records: Sequence[Record],
    synthesis: Synthesis,
) -> None:
    """Write the protocol of each split and provenance.jsonl, each in one step."""
    readable = [(p, r["sha256"]) for p, r in zip(parents, records, strict=True) if r["sha256"]]
    rows = [json.dumps(row) for row in _provenance(readable, originals, synthesis)]
    write_text(out / PROVENANCE, "".join(f"{row}\n" for row in rows))
    for split, manifest in originals.items():
        own = [parent for parent, _ in readable if parent.split == split]
        lines = _protocol(own, manifest, synthesis.is_transmission)
        write_text(out / PROTOCOLS[split][0], "".join(f"{line}\n" for line in lines))


def _provenance(
    readable: Sequence[tuple[Parent, list[str]]],
    originals: Mapping[str, Manifest],
    synthesis: Synthesis,
) -> Iterator[dict[str, Any]]:
    """Yield one row for each file."""
    settings: dict[str, Any] = {tag: to_json(a) for tag, a in synthesis.attacks.items()}
    for parent, hashes in readable:
        manifest = originals[parent.split]
        for copy, sha256 in zip(parent.copies, hashes, strict=True):
            codec, attack = "-", copy.tag
            if synthesis.is_transmission:
                codec, attack = copy.tag, manifest.columns["attack"].at(parent.row)
            yield {
                "id": copy.id,
                "split": parent.split,
                "corpus": manifest.columns["corpus"].at(parent.row),
                "parent": str(manifest.ids[parent.row]),
                "attack": attack,
                "codec": codec,
                "settings": settings.get(copy.tag),
                "seed": copy.seed,
                "version": version(),
                "sha256": sha256,
            }


def _protocol(
    parents: Sequence[Parent], originals: Manifest, is_transmission: bool
) -> Iterator[str]:
    """Yield the rows of a protocol: speaker id gender codec quality seed adaptation attack key -.

    Speaker and gender are the parent's. So are attack and key of transmitted speech, of which the
    codec is that of the copy; otherwise the codec is the parent's.
    """
    names = ("speaker", "gender", "codec", "attack")
    columns = {name: _fields(originals.columns[name].values()) for name in names}
    for parent in parents:
        speaker, gender, codec, attack = (columns[name][parent.row] for name in names)
        if originals.label[parent.row] == BONAFIDE:
            own = "bonafide bonafide"
        else:
            own = f"{UNNAMED_ATTACK if attack == '-' else attack} spoof"
        for copy in parent.copies:
            keeps_class = is_transmission or copy.tag == ITSELF
            attack_and_key = own if keeps_class else f"{copy.tag} spoof"
            heard = copy.tag if is_transmission else codec
            yield f"{speaker} {copy.id} {gender} {heard} - - - {attack_and_key} -"


def _fields(values: Sequence[str]) -> list[str]:
    """Return the values of a column as fields of a protocol; '-' is none."""
    return ["-" if value == "-" else file_stem(value) for value in values]
