"""Fake-or-Real (FoR): text-to-speech of several systems and real speech, in four versions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.tree import AudioFile, Tree

FOLDERS = {"train": "training", "dev": "validation", "eval": "testing"}


@dataclass(frozen=True)
class FakeOrReal(Tree):
    """<version>/{training,validation,testing}/{real,fake}/, wav and mp3 mixed.

    Some published files are empty or unreadable. `spoofjax validate` lists them, and training skips
    and counts them with `--loading.on-error skip`.
    """

    version: Literal["for-original", "for-norm", "for-2seconds", "for-rerecorded"] = "for-norm"
    name: str = "fakeorreal"

    def protocol(self, split: str) -> Path | None:
        return self.find([FOLDERS[split]], [self.version, ""])

    def expected(self, split: str) -> str:
        return f"folders real and fake in {self.version}/{FOLDERS[split]}"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        files = []
        for folder, label in (("real", 1), ("fake", 0)):
            names = walk_audio(source / folder) if (source / folder).is_dir() else []
            if not names:
                problems.add(
                    "empty-class",
                    source / folder,
                    "no audio file in this folder.",
                    f"Expected {self.expected(split)}.",
                )
            files += [
                AudioFile(str(source), f"{folder}/{name}", label, language="en") for name in names
            ]
        return files
