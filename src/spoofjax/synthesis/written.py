"""What was written, as manifests in which guards look for cues that are no synthesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import SPOOF, Manifest
from spoofjax.synthesis.parents import ITSELF, Parent, Synthesis
from spoofjax.synthesis.records import Record, audio_folder


def written_copies(
    out: Path,
    originals: Mapping[str, Manifest],
    parents: Sequence[Parent],
    records: Sequence[Record],
    synthesis: Synthesis,
) -> dict[str, Manifest]:
    """Return the copies of each attack or codec, by 'split/tag'.

    Copies by an attack are spoofs and follow their parents, whom the column `parent` names. Coded
    copies stand alone: both classes are among them.
    """
    manifests = {split: replace(rows, ids=rows.keys()) for split, rows in originals.items()}
    rows: dict[tuple[str, str], list[int]] = {}
    ids: dict[tuple[str, str], list[str]] = {}
    for parent, record in zip(parents, records, strict=True):
        for copy in parent.copies if record["sha256"] else ():
            if copy.tag != ITSELF:
                rows.setdefault((parent.split, copy.tag), []).append(parent.row)
                ids.setdefault((parent.split, copy.tag), []).append(copy.id)
    written = {}
    for (split, tag), chosen in rows.items():
        own = manifests[split].take(chosen)
        files = Files.under(str(audio_folder(out, split)), np.array(ids[split, tag]), ".flac")
        if synthesis.is_transmission:
            written[f"{split}/{tag}"] = _coded(own, tag, files)
        else:
            written[f"{split}/{tag}"] = Manifest.concatenate([own, _spoofed(own, tag, files)])
    return written


def _coded(parents: Manifest, codec: str, files: Files) -> Manifest:
    columns = {**parents.columns, "codec": Column.constant(codec, len(parents))}
    return replace(parents, ids=files.name, files=files, columns=columns)


def _spoofed(parents: Manifest, attack: str, files: Files) -> Manifest:
    columns = {
        **parents.columns,
        "attack": Column.constant(attack, len(parents)),
        "parent": Column.of(parents.ids),
    }
    label = np.full(len(parents), SPOOF, np.int8)
    return replace(
        parents, ids=files.name, label=label, files=files, columns=columns, segments=None
    )
