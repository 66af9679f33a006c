"""ASVspoof 5, track 2: spoofing-robust speaker verification, enrolment and trials.

Format: the README of the release (Zenodo 14498691).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.layouts import ASVSPOOF5
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import STRICT, Problems
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.asvspoof5 import AUDIO, PROTOCOL_FOLDERS, PROTOCOLS
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.rows import Rows, labels_of
from spoofjax.errors import CorpusError

TRIAL_KEYS = {"target": 2, "nontarget": 1, "spoof": 0}
TRIALS = {5: ("speaker", "id", "gender", "attack", "key")}
ENROLMENT = {2: ("speaker", "files")}


@dataclass(frozen=True, eq=False)
class Trials:
    """Trials of a split: is this utterance spoken by the speaker that it claims?

    `claimed` Column of target speakers, `ids` str (trials,), `key` int8 (trials,): 2 target,
    1 nontarget, 0 spoof; `attack`, `gender` (of the target) and `codec` as Columns.
    """

    claimed: Column
    ids: np.ndarray
    key: np.ndarray
    attack: Column
    gender: Column
    codec: Column

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class ASVspoof5Track2(Reader):
    """Track 2 of ASVspoof 5 (dev and eval); as a corpus, the utterances of its trials.

    The first column of a trial is the claimed speaker, who may not be the actual one, so the
    manifest has no speakers. Codecs are taken from the protocol of track 1 if it is present.
    """

    name: str = "asvspoof5track2"

    def protocol(self, split: str) -> Path | None:
        return self.find([f"ASVspoof5.{split}.track_2.trial.tsv"], PROTOCOL_FOLDERS)

    def has_split(self, split: str) -> bool:
        return self.protocol(split) is not None and self.find(AUDIO[split]) is not None

    def expected(self, split: str) -> str:
        if split == "train":
            return "nothing (track 2 has dev and eval; train on track 1)"
        return f"the trials ASVspoof5.{split}.track_2.trial.tsv and the folder {AUDIO[split][0]}"

    def trials(self, split: str, problems: Problems = STRICT) -> Trials:
        """Read the trials of 'dev' or 'eval'. Raises CorpusError naming file, line and remedy."""
        source = self.protocol(split)
        if source is None:
            raise CorpusError(
                f"{self.name}: expected {self.expected(split)} under {Path(self.root).absolute()}."
            )
        rows = read_fields(source, TRIALS, problems)
        key = labels_of(rows, "key", TRIAL_KEYS, problems)
        ids = rows.text("id")
        attack = _attacks(rows, key, problems)
        return Trials(
            rows.get("speaker"), ids, key, attack, rows.get("gender"), self._codecs(split, ids)
        )

    def enrolment(self, split: str, problems: Problems = STRICT) -> dict[str, tuple[str, ...]]:
        """Return the one to three enrolment ids of each speaker."""
        source = self.find([f"ASVspoof5.{split}.track_2.enroll.tsv"], PROTOCOL_FOLDERS)
        if source is None:
            raise CorpusError(
                f"{self.name}: expected ASVspoof5.{split}.track_2.enroll.tsv under "
                f"{Path(self.root).absolute()}."
            )
        rows = read_fields(source, ENROLMENT, problems)
        table: dict[str, tuple[str, ...]] = {}
        for speaker, files, line in zip(
            rows.text("speaker").tolist(), rows.text("files").tolist(), rows.lines, strict=True
        ):
            listed = tuple(files.split(","))
            wrong = [f for f in listed if f[2:3] != "A"]
            if speaker in table or wrong or not 1 <= len(listed) <= 3:
                what = f"{wrong[0]!r} is not an enrolment file" if wrong else f"{len(listed)} files"
                problems.add(
                    "enrolment",
                    source,
                    f"speaker {speaker} occurs twice." if speaker in table else f"{what}.",
                    "A row is a speaker and one to three ids separated by commas, such as "
                    "D_A0000000001.",
                    line=int(line),
                )
                continue
            table[speaker] = listed
        return table

    def enrolment_path(self, split: str, id_: str) -> str:
        """Return the path of an enrolment file."""
        return f"{self.audio_folder(AUDIO[split])}/{id_}.flac"

    def may_be_unlisted(self, name: str) -> bool:
        return True  # the folder also holds the files of track 1

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        trials = self.trials(split, problems)
        ids, first, inverse = np.unique(trials.ids, return_index=True, return_inverse=True)
        label = np.where(trials.key < 0, -1, trials.key > 0).astype(np.int8)
        _check_same(source, trials, label, label[first][inverse], problems)
        files = Files.under(self.audio_folder(AUDIO[split]), ids, ".flac")
        rows = Rows(source, {}, first + 1)
        return self.checked_manifest(
            rows,
            ids,
            label[first],
            files,
            problems,
            attack=trials.attack.take(first),
            codec=trials.codec.take(first),
            language="en",
        )

    def _codecs(self, split: str, ids: np.ndarray) -> Column:
        source = self.find(PROTOCOLS[split], PROTOCOL_FOLDERS)
        if source is None:
            return Column.constant("-", len(ids))
        rows = read_fields(source, ASVSPOOF5)
        table = dict(zip(rows.text("id").tolist(), rows.get("codec").values(), strict=True))
        return Column.of([table.get(id_, "-") for id_ in ids.tolist()])


def _attacks(rows: Rows, key: np.ndarray, problems: Problems) -> Column:
    attack = rows.get("attack").without(["bonafide"])
    wrong = np.flatnonzero((key >= 0) & ((attack.codes < 0) != (key > 0)))
    if len(wrong):
        row = int(wrong[0])
        problems.add(
            "polarity",
            rows.path,
            f"the key says {rows.text('key')[row]} but the attack is {attack.at(row)!r}.",
            "Spoof trials name an attack; target and nontarget trials do not.",
            line=int(rows.lines[row]),
            count=len(wrong),
        )
    return attack


def _check_same(
    source: Path, trials: Trials, label: np.ndarray, expected: np.ndarray, problems: Problems
) -> None:
    wrong = np.flatnonzero(label != expected)
    if len(wrong):
        row = int(wrong[0])
        problems.add(
            "polarity",
            source,
            f"{trials.ids[row]} is spoof in one trial and bona fide in another.",
            "An utterance is one or the other: download the file again.",
            line=row + 1,
            count=len(wrong),
        )
