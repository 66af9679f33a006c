"""HABLA (Tamayo Florez et al., 2023): Spanish of five countries of Latin America.

Layout: FinalDataset_16khz of Zenodo record 7370805.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import OneSplit
from spoofjax.corpora.readers.tree import AudioFile, Tree
from spoofjax.corpora.text import and_more

REAL = "Real"
"""The folder of the recordings."""
COUNTRIES = {"ar": "Argentina", "cl": "Chile", "co": "Colombia", "pe": "Peru", "ve": "Venezuela"}
SPEAKER = re.compile(rf"({'|'.join(COUNTRIES)})([fm])_\d{{5}}")
"""A speaker as in arf_00295: the country, f or m, and a number."""


@dataclass(frozen=True)
class HABLA(OneSplit, Tree):
    """Real/<country>/<speaker>/*.wav and <attack>/.../*.wav, also below FinalDataset_16khz/.

    Attacks are CycleGAN, Diff, StarGAN and TTS, and below TTS-VC the conversions of synthetic
    speech. The speaker of a conversion is the one who was recorded, as in the corpus's
    protocol.txt, which is not needed. The column `source` is the speaker's country.
    """

    name: str = "habla"

    def find_protocol(self) -> Path | None:
        real = self.find([REAL], ["FinalDataset_16khz", ""])
        if real is None or not any((real / country).is_dir() for country in COUNTRIES.values()):
            return None
        return real.parent

    def expected_files(self) -> str:
        return f"{REAL}/<country>/<speaker>/*.wav and <attack>/, such as TTS/, beside {REAL}"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        names = walk_audio(source)
        loose = [name for name in names if "/" not in name]
        if loose:
            problems.add(
                "layout",
                source,
                f"{loose[0]} is outside the layout{and_more(len(loose), 'files')}.",
                f"The layout is {self.expected_files()}: move or remove such files.",
                count=len(loose),
            )
        return [_file(str(source), name) for name in names if "/" in name]


def _file(folder: str, name: str) -> AudioFile:
    speaker = SPEAKER.search(name.rpartition("/")[2])
    attack = _attack(name)
    return AudioFile(
        folder,
        name,
        int(attack == "-"),
        attack=attack,
        speaker=speaker[0] if speaker else "-",
        language="es",
        gender=speaker[2].upper() if speaker else "-",
        source=COUNTRIES[speaker[1]] if speaker else "-",
    )


def _attack(name: str) -> str:
    """Return the attack of a file by its folders; '-' for a recording."""
    folder, *below = name.split("/")
    if folder == REAL:
        return "-"
    return below[0] if folder == "TTS-VC" and len(below) > 1 else folder
