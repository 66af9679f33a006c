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
from spoofjax.corpora.readers.tree import AudioFile, FakeOnly
from spoofjax.corpora.rows import check_agreement, labels_of
from spoofjax.corpora.text import and_more

KEYS = {"real": 1, "fake": 0}


@dataclass(frozen=True)
class Codecfake(Reader):
    """Codecfake of Xie and others: label/<set>.txt (file, real or fake, class) and <set>/.

    Classes 1 to 7 are the codecs F01 to F07, 0 is real. Codecs differ in sample rate, which alone
    would give the class away; the loader resamples all files to one rate.
    """

    conditions: tuple[str, ...] = ("C7",)
    """The sets of eval, out of C1 to C7 and A1 to A3; ids start with their names."""
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

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
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
        # Class 0 must be 'real' and the others 'fake', or the labels are reversed.
        attack = check_agreement(rows, label, attack, problems)
        files = Files.under(self.audio_folder([part]), names)
        return self.checked_manifest(rows, ids, label, files, problems, attack=attack)


@dataclass(frozen=True)
class CodecFake(FakeOnly):
    """CodecFake of Wu, Tseng and others: processed/<codec>+<speaker>_<utterance>.wav, all fake.

    `real` names the folder of VCTK, the source of the coded speech.
    """

    name: str = "codecfake-vctk"

    def find_protocol(self) -> Path | None:
        return self.find(["processed"])

    def expected_files(self) -> str:
        return "processed/<codec>+<speaker>_<utterance>.wav"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        names = walk_audio(source)
        wrong = [name for name in names if "+" not in name]
        if wrong:
            problems.add(
                "layout",
                source,
                f"{wrong[0]} names no codec{and_more(len(wrong), 'files')}.",
                "Expected names are <codec>+<speaker>_<utterance>.wav.",
                count=len(wrong),
            )
        files = []
        for name in names:
            codec, plus, rest = name.rpartition("/")[2].partition("+")
            if plus:
                files.append(
                    AudioFile(str(source), name, 0, codec, rest.partition("_")[0], language="en")
                )
        return files + self.real_files(problems, _vctk)


def _vctk(folder: str, name: str) -> dict[str, str]:
    file = name.rpartition("/")[2]
    return {"speaker": file.partition("_")[0], "language": "en", "id": f"real/{name}"}
