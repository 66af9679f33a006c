"""Kaldi-style folders, as in WeDefense and ESPnet: wav.scp, utt2lab and similar files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.readers.folder import SPLIT_NAMES
from spoofjax.corpora.rows import Rows, check_agreement, labels_of
from spoofjax.corpora.text import and_more, read_utf8
from spoofjax.errors import CorpusError


@dataclass(frozen=True)
class Kaldi(Reader):
    """<root>/<split>/ with wav.scp and utt2lab (bonafide or spoof).

    utt2spk, utt2attack, utt2codec, utt2lang and spk2gender are read if they exist.
    Relative paths in wav.scp start at the working directory, as in Kaldi. Commands in wav.scp
    ('sox ... |') are refused, never run.
    """

    bonafide: str = "bonafide"
    spoof: str = "spoof"
    name: str = "kaldi"

    def protocol(self, split: str) -> Path | None:
        return self.find(["wav.scp"], SPLIT_NAMES[split])

    def expected(self, split: str) -> str:
        return f"wav.scp and utt2lab in {split}/"

    def may_be_unlisted(self, name: str) -> bool:
        return True  # wav.scp may use only some files of a folder

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        folder = source.parent
        paths, has_commands = _without_commands(source, read_map(source), problems)
        labels = read_map(folder / "utt2lab")
        if not has_commands:
            _check_same_ids(folder, paths, labels, problems)
        ids = [id_ for id_ in paths if id_ in labels]
        if not ids:
            raise CorpusError(f"{folder}: wav.scp and utt2lab have no utterance in common.")
        line_of = {id_: line for line, id_ in enumerate(labels, 1)}
        rows = Rows(
            folder / "utt2lab",
            {"label": np.array([labels[id_] for id_ in ids])},
            np.array([line_of[id_] for id_ in ids]),
        )
        label = labels_of(rows, "label", {self.bonafide: 1, self.spoof: 0}, problems)
        columns: dict[str, Any] = _columns(folder, ids)
        if columns["attack"].names:
            columns["attack"] = check_agreement(rows, label, columns["attack"], problems)
        files = Files.under("", np.array([paths[id_] for id_ in ids]))
        return self.checked_manifest(rows, np.array(ids), label, files, problems, **columns)


def _without_commands(
    source: Path, entries: dict[str, str], problems: Problems
) -> tuple[dict[str, str], bool]:
    """Return the entries of wav.scp that are paths, and whether any is a command; report those."""
    commands = [n for n, entry in enumerate(entries.values()) if entry.endswith("|")]
    if commands:
        problems.add(
            "command",
            source,
            f"a command instead of a file ({list(entries.values())[commands[0]]!r}).",
            "Write the audio to files and list those.",
            line=commands[0] + 1,
            count=len(commands),
        )
    paths = {id_: entry for id_, entry in entries.items() if not entry.endswith("|")}
    return paths, bool(commands)


def _check_same_ids(
    folder: Path, paths: dict[str, str], labels: dict[str, str], problems: Problems
) -> None:
    """Report utterances that only one of wav.scp and utt2lab has."""
    for table, other, name in ((paths, labels, "utt2lab"), (labels, paths, "wav.scp")):
        missing = [id_ for id_ in table if id_ not in other]
        if missing:
            problems.add(
                "key-mismatch",
                folder / name,
                f"no entry for {missing[0]}{and_more(len(missing), 'utterances')}.",
                "wav.scp and utt2lab must name the same utterances.",
                count=len(missing),
            )


def _columns(folder: Path, ids: list[str]) -> dict[str, Column]:
    """Return the columns of these utterances; all none where a file is missing."""

    def column(name: str, keys: list[str]) -> Column:
        path = folder / name
        table = read_map(path) if path.is_file() else {}
        return Column.of([table.get(key, "-") for key in keys])

    speaker = column("utt2spk", ids)
    gender = column("spk2gender", speaker.values())
    return {
        "speaker": speaker,
        "attack": column("utt2attack", ids),
        "codec": column("utt2codec", ids),
        "language": column("utt2lang", ids),
        "gender": Column.of([name.upper() for name in gender.values()]),
    }


def read_map(path: Path) -> dict[str, str]:
    """Read a file of 'key value' lines; the value is what follows the first blank or TAB.

    Raises CorpusError where the file is missing, a line has no value or a key occurs twice.
    """
    lines = read_utf8(path).decode().split("\n")
    table: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        fields = line.split(maxsplit=1)
        if len(fields) < 2:
            raise CorpusError(f"{path}, line {number}: {line!r} has a key and no value.")
        if fields[0] in table:
            raise CorpusError(
                f"{path}, line {number}: {fields[0]} occurs twice. Delete one of the rows."
            )
        table[fields[0]] = fields[1].strip()
    return table
