"""Two corpora of neural codecs: Codecfake (Xie and others) and CodecFake (Wu, Tseng and others)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.readers.tree import FakeOnly, Found
from spoofjax.corpora.rows import check_agreement, labels_of

KEYS = {"real": 1, "fake": 0}


@dataclass(frozen=True)
class Codecfake(Reader):
    """Codecfake of Xie and others: label/<set>.txt (file, real or fake, class) and <set>/.

    Classes 1 to 7 are codecs F01 to F07, 0 is real. Codecs differ in SAMPLE RATE, which alone
    gives the class away unless every file is resampled; the loader does so.
    """

    conditions: tuple[str, ...] = ("C7",)
    """The sets that make up eval: C1 to C7, A1 to A3; ids begin with them."""
    name: str = "codecfake"

    def _sets(self, split: str) -> tuple[str, ...]:
        return self.conditions if split == "eval" else (split,)

    def protocol(self, split: str) -> Path | None:
        tables = [self.find([f"{part}.txt"], ["label"]) for part in self._sets(split)]
        return tables[0] if all(tables) else None

    def expected(self, split: str) -> str:
        return " and ".join(
            f"label/{part}.txt with its folder {part}" for part in self._sets(split)
        )

    def rows(self, split: str, source: Path, problems: Problems) -> Manifest:
        tables = [self._read(part, source.parent, problems) for part in self._sets(split)]
        return tables[0] if len(tables) == 1 else Manifest.concatenate(tables)

    def _read(self, part: str, folder: Path, problems: Problems) -> Manifest:
        rows = read_fields(folder / f"{part}.txt", {3: ("file", "key", "class")}, problems)
        label = labels_of(rows, "key", KEYS, problems)
        classes = rows.get("class")
        attack = Column(
            classes.codes, tuple("-" if n == "0" else f"F{n:0>2}" for n in classes.names)
        )
        names = rows.text("file")
        ids = names if part in ("train", "dev") else np.array([f"{part}/{name}" for name in names])
        # Class 0 must say 'real' and the others 'fake', or labels are reversed.
        attack = check_agreement(rows, label, attack, problems)
        files = Files.under(self.audio_folder([part]), names)
        return self.build(rows, ids, label, files, problems, attack=attack)


@dataclass(frozen=True)
class CodecFake(FakeOnly):
    """CodecFake of Wu, Tseng and others: processed/<codec>+<speaker>_<utterance>.wav, all fake.

    `real` names the folder of VCTK, whose speech was coded.
    """

    name: str = "codecfake-vctk"

    def place(self) -> Path | None:
        return self.find(["processed"])

    def form(self) -> str:
        return "processed/<codec>+<speaker>_<utterance>.wav"

    def walk(self, split: str, source: Path, problems: Problems) -> list[Found]:
        names = walk_audio(source)
        wrong = [name for name in names if "+" not in name]
        if wrong:
            problems.add(
                "layout",
                source,
                f"{wrong[0]} names no codec (nor do {len(wrong) - 1} more).",
                "Files are called <codec>+<speaker>_<utterance>.wav here.",
                count=len(wrong),
            )
        found = []
        for name in names:
            codec, plus, rest = name.rpartition("/")[2].partition("+")
            if plus:
                found.append(
                    Found(str(source), name, 0, codec, rest.partition("_")[0], language="en")
                )
        return found + self.add_real(problems, _vctk)


def _vctk(folder: str, name: str) -> dict[str, str]:
    file = name.rpartition("/")[2]
    return {"speaker": file.partition("_")[0], "language": "en", "id": f"real/{name}"}
