"""Writing a folder of copies: claimed once, continued after a kill, shared by many machines.

The unit of work is a parent. The result is the same to the byte whatever the number of kills,
processes or machines, on processors of one kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spoofjax.config_files import to_json
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.part_files import sweep, write_text
from spoofjax.errors import CorpusError
from spoofjax.json_files import read_json
from spoofjax.synthesis.parents import Parent, Synthesis, bonafide_of, parents_of
from spoofjax.synthesis.plan import claim
from spoofjax.synthesis.records import Record, audio_folder, write_records
from spoofjax.synthesis.workers import Work, make_all

SHARES = "shares"
"""The folder in which each of several machines writes what became of its parents."""


@dataclass(frozen=True)
class Outcome:
    """What one call of `write_copies` leaves behind."""

    parents: int
    """Bona fide utterances that this call is responsible for."""
    files: int
    """Files of these parents that exist now."""
    written: int
    """Files that this call wrote; the others were there before."""
    unreadable: tuple[str, ...]
    """'split: reason' for every parent of these that cannot be used."""
    missing_shares: int
    """Machines that have yet to finish; the last one writes the protocols."""


def write_copies(
    manifests: Mapping[str, Manifest],
    out: Path,
    synthesis: Synthesis,
    *,
    share: tuple[int, int] = (1, 1),
    processes: int = 1,
    code: Sequence[Path] = (),
    report: Callable[[str, int, int], None] = lambda split, done, rows: None,
) -> Outcome:
    """Write copies of the bona fide utterances of splits; continue where an earlier call stopped.

    `share` is the number of this machine, from 1, and how many there are. `code` names the Python
    files that define attacks. `report(split, done, rows)` is called as parents are done. Raises
    CorpusError where a split has no bona fide utterance, and where `out` was begun for other
    copies.
    """
    bonafide = {split: bonafide_of(rows, split) for split, rows in manifests.items()}
    claim(out, bonafide, synthesis)
    parents = [p for split, rows in bonafide.items() for p in parents_of(rows, split, synthesis)]
    folders = {split: audio_folder(out, split) for split in bonafide}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
        sweep(folder)
    number, count = share
    own = parents[number - 1 :: count]
    attacks = {tag: to_json(attack) for tag, attack in synthesis.attacks.items()}
    records: list[Record] = [{"sha256": [], "problem": ""} for _ in own]
    written = 0
    done = dict.fromkeys(bonafide, 0)
    totals = {split: sum(p.split == split for p in own) for split in bonafide}
    for index, made in make_all(own, Work(bonafide, folders, attacks, code), processes):
        records[index] = {"sha256": list(made.sha256), "problem": made.problem}
        written += made.written
        split = own[index].split
        done[split] += 1
        report(split, done[split], totals[split])
    missing = _finish(out, bonafide, parents, records, synthesis, share)
    return Outcome(
        parents=len(own),
        files=sum(len(record["sha256"]) for record in records),
        written=written,
        unreadable=tuple(
            f"{parent.split}: {record['problem']}"
            for parent, record in zip(own, records, strict=True)
            if record["problem"]
        ),
        missing_shares=missing,
    )


def _finish(
    out: Path,
    bonafide: Mapping[str, Manifest],
    parents: Sequence[Parent],
    records: Sequence[Record],
    synthesis: Synthesis,
    share: tuple[int, int],
) -> int:
    """Write the protocols when all machines have finished; return how many have not."""
    number, count = share
    if count == 1:
        write_records(out, bonafide, parents, records, synthesis)
        return 0
    paths = [out / SHARES / f"{n}-of-{count}.json" for n in range(1, count + 1)]
    paths[0].parent.mkdir(exist_ok=True)
    write_text(paths[number - 1], json.dumps(records) + "\n")
    missing = sum(not path.exists() for path in paths)
    if missing:
        return missing
    remedy = "Delete it, and run the command of this share again."
    joined: list[Record] = [{"sha256": [], "problem": ""} for _ in parents]
    for n, path in enumerate(paths):
        rows = read_json(path, list[Record], CorpusError, remedy)
        if len(rows) != len(joined[n::count]):
            raise CorpusError(f"{path} has {len(rows)} rows for other parents. {remedy}")
        joined[n::count] = rows
    write_records(out, bonafide, parents, joined, synthesis)
    return 0
