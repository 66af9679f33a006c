"""ODSS, the Open Dataset of Synthetic Speech (Yaroshchuk et al., 2023): English, German, Spanish.

Layout: odss.zip of Zenodo record 8370669.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import OneSplit
from spoofjax.corpora.readers.tree import AudioFile, Tree, parts_of

REAL = "natural"
"""The folder of the recordings."""
SYSTEMS = ("fastpitch-hifigan", "vits")
LANGUAGES = {"hifi-tts": "en", "vctk": "en", "hui-acg": "de", "openslr-es": "es"}
"""By the corpus whose speakers were recorded or imitated."""


@dataclass(frozen=True)
class ODSS(OneSplit, Tree):
    """{natural,vits,fastpitch-hifigan}/<corpus>/<speaker>/*.wav.

    Each sentence is there once by the speaker and once by each system, so an id is the path. The
    column `source` is the corpus. The recordings of VCTK are not part of every copy of ODSS.
    """

    name: str = "odss"

    def find_protocol(self) -> Path | None:
        real = self.find([REAL], ["", "odss"])
        if real is None:
            return None
        has_spoofs = any((real.parent / system).is_dir() for system in SYSTEMS)
        return real.parent if has_spoofs else None

    def expected_files(self) -> str:
        return f"{REAL}/<corpus>/<speaker>/*.wav and the same in {' and '.join(SYSTEMS)}"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        files = []
        for folder in (REAL, *(name for name in SYSTEMS if (source / name).is_dir())):
            form = f"{folder}/<corpus>/<speaker>/*.wav"
            names = walk_audio(source / folder)
            files += [
                AudioFile(
                    str(source),
                    f"{folder}/{name}",
                    int(folder == REAL),
                    attack="-" if folder == REAL else folder,
                    speaker=speaker,
                    language=LANGUAGES.get(corpus, "-"),
                    source=corpus,
                )
                for name, (corpus, speaker, _) in parts_of(
                    names, 3, source / folder, form, problems
                )
            ]
        return files
