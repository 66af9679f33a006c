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
from spoofjax.synthesis.parents import Synthesis, originals_of, parents_of
from spoofjax.synthesis.plan import claim
from spoofjax.synthesis.records import Record, audio_folder, write_records
from spoofjax.synthesis.workers import Work, make_all
from spoofjax.synthesis.written import written_copies

SHARES = "shares"
"""The folder in which each of several machines writes what became of its parents."""


@dataclass(frozen=True)
class Outcome:
    """What one call of `write_copies` leaves behind."""

    parents: int
    """Utterances that this call is responsible for."""
    files: int
    """Files of these parents that exist now."""
    written: int
    """Files that this call wrote; the others were there before."""
    unreadable: tuple[str, ...]
    """'split: reason' for every parent of these that cannot be used."""
    missing_shares: int
    """Machines that have yet to finish; the last one writes the protocols."""
    copies: Mapping[str, Manifest]
    """What all machines wrote, see `written_copies`; empty while some have yet to finish."""


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
    """Write copies of the utterances of splits; continue where an earlier call stopped.

    `share` is the number of this machine, from 1, and how many there are. `code` names the Python
    files that define attacks. `report(split, done, rows)` is called as parents are done. Raises
    CorpusError where a split has no utterance to copy, and where `out` was begun for other copies.
    """
    originals = {split: originals_of(rows, split, synthesis) for split, rows in manifests.items()}
    claim(out, originals, synthesis)
    parents = [p for split, rows in originals.items() for p in parents_of(rows, split, synthesis)]
    folders = {split: audio_folder(out, split) for split in originals}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
        sweep(folder)
    number, count = share
    own = parents[number - 1 :: count]
    attacks = {tag: to_json(attack) for tag, attack in synthesis.attacks.items()}
    records: list[Record] = [{"sha256": [], "problem": ""} for _ in own]
    written = 0
    done = dict.fromkeys(originals, 0)
    totals = {split: sum(p.split == split for p in own) for split in originals}
    for index, made in make_all(own, Work(originals, folders, attacks, code), processes):
        records[index] = {"sha256": list(made.sha256), "problem": made.problem}
        written += made.written
        split = own[index].split
        done[split] += 1
        report(split, done[split], totals[split])
    everyones, missing = _joined(out, len(parents), records, share)
    if not missing:
        write_records(out, originals, parents, everyones, synthesis)
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
        copies={} if missing else written_copies(out, originals, parents, everyones, synthesis),
    )


def _joined(
    out: Path, parents: int, records: Sequence[Record], share: tuple[int, int]
) -> tuple[Sequence[Record], int]:
    """Return the records of all machines, and how many machines have yet to write theirs."""
    number, count = share
    if count == 1:
        return records, 0
    paths = [out / SHARES / f"{n}-of-{count}.json" for n in range(1, count + 1)]
    paths[0].parent.mkdir(exist_ok=True)
    write_text(paths[number - 1], json.dumps(records) + "\n")
    missing = sum(not path.exists() for path in paths)
    if missing:
        return [], missing
    remedy = "Delete it, and run the command of this share again."
    joined: list[Record] = [{"sha256": [], "problem": ""} for _ in range(parents)]
    for n, path in enumerate(paths):
        rows = read_json(path, list[Record], CorpusError, remedy)
        if len(rows) != len(joined[n::count]):
            raise CorpusError(f"{path} has {len(rows)} rows for other parents. {remedy}")
        joined[n::count] = rows
    return joined, 0
