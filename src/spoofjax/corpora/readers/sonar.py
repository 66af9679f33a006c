"""SONAR (Li et al., 2024): speech of commercial and recent systems, and LibriTTS.

Layout: the loader data_utils.py of the authors' repository Jessegator/SONAR.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import OneSplit
from spoofjax.corpora.readers.tree import AudioFile, Tree

REAL = "real_samples"
"""The folder of the recordings."""


@dataclass(frozen=True)
class SONAR(OneSplit, Tree):
    """real_samples/*.wav and <system>/**/*.wav (OpenAI, xTTS, VALLE and so on).

    Each folder beside real_samples is a system; all may be below SONAR_dataset/. The same file
    names occur in several of them, so an id is the path. A part of Seed-TTS is Chinese, in a folder
    called zh.
    """

    name: str = "sonar"

    def find_protocol(self) -> Path | None:
        real = self.find([REAL], ["SONAR_dataset", ""])
        return real.parent if real is not None and _systems(real.parent) else None

    def expected_files(self) -> str:
        return f"{REAL}/*.wav and <system>/*.wav, such as OpenAI/*.wav, in one folder"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        return [
            AudioFile(
                str(source),
                f"{folder}/{name}",
                int(folder == REAL),
                attack="-" if folder == REAL else folder,
                language="zh" if "zh" in name.split("/")[:-1] else "en",
            )
            for folder in (REAL, *_systems(source))
            for name in walk_audio(source / folder)
        ]


def _systems(folder: Path) -> list[str]:
    """Return the folders beside that of the recordings, sorted."""
    return sorted(
        entry.name
        for entry in os.scandir(folder)
        if entry.is_dir() and entry.name != REAL and not entry.name.startswith(".")
    )
