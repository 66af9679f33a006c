"""LibriSeVoc: LibriTTS through six neural vocoders (Sun et al., 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import OneSplit
from spoofjax.corpora.readers.tree import AudioFile, Tree, parts_of

REAL = "gt"
"""The folder of the recordings."""
VOCODERS = ("diffwave", "melgan", "parallel_wave_gan", "wavegrad", "wavenet", "wavernn")


@dataclass(frozen=True)
class LibriSeVoc(OneSplit, Tree):
    """gt/*.wav and <vocoder>/*.wav, called <speaker>_<chapter>_... as in LibriTTS.

    The same file names occur in several folders, so an id is the folder and the name.
    """

    name: str = "librisevoc"

    def find_protocol(self) -> Path | None:
        root = Path(self.root)
        has_both_classes = (root / REAL).is_dir() and any(
            (root / name).is_dir() for name in VOCODERS
        )
        return root if has_both_classes else None

    def expected_files(self) -> str:
        return f"{REAL}/*.wav and <vocoder>/*.wav ({', '.join(VOCODERS)})"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        files = []
        for folder in (REAL, *(name for name in VOCODERS if (source / name).is_dir())):
            names = walk_audio(source / folder)
            files += [
                AudioFile(
                    str(source),
                    f"{folder}/{name}",
                    int(folder == REAL),
                    attack="-" if folder == REAL else folder,
                    speaker=name.partition("_")[0],
                    language="en",
                )
                for name, _ in parts_of(names, 1, source / folder, f"{folder}/*.wav", problems)
            ]
        return files
