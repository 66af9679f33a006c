"""CD-ADD (Li et al., 2024, arXiv 2404.04904): five zero-shot systems on LibriTTS and TED talks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.tree import AudioFile, Tree, parts_of

LIBRITTS = "dataset_LibriTTS/dataset_clean_v2"
TED = "dataset_TED-LIUM/dataset_ted"
PARTS = {"train": "train-clean", "dev": "dev-clean", "eval": "test-clean"}
REAL = "real"
"""The name, without suffix, of a recording beside its copies."""


@dataclass(frozen=True)
class CDADD(Tree):
    """<part>/<speaker>/<chapter>/<utterance>/<system>.wav in dataset_LibriTTS/dataset_clean_v2/.

    TED talks are dataset_TED-LIUM/dataset_ted/<talk>/<utterance>/<system>.wav. An utterance is a
    folder: real.wav is the recording, valle.wav, openvoice.wav and so on are its copies. The column
    `source` is LibriTTS or TED-LIUM.
    """

    domain: Literal["LibriTTS", "TED-LIUM", "both"] = "LibriTTS"
    """What eval consists of: the same domain as train and dev, the other, or both."""
    name: str = "cdadd"

    def _folders(self, split: str) -> list[Path | None]:
        libritts = self.find([PARTS[split]], [LIBRITTS, f"CD-ADD/{LIBRITTS}"])
        ted = self.find([TED, f"CD-ADD/{TED}"])
        if split != "eval" or self.domain == "LibriTTS":
            return [libritts]
        return [ted] if self.domain == "TED-LIUM" else [libritts, ted]

    def protocol(self, split: str) -> Path | None:
        folders = self._folders(split)
        return folders[0] if all(folders) else None

    def expected(self, split: str) -> str:
        libritts = f"{LIBRITTS}/{PARTS[split]}/<speaker>/<chapter>/<utterance>/<system>.wav"
        ted = f"{TED}/<talk>/<utterance>/<system>.wav"
        if split != "eval" or self.domain == "LibriTTS":
            return libritts
        return ted if self.domain == "TED-LIUM" else f"{libritts} and {ted}"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        files = []
        for folder in filter(None, self._folders(split)):
            is_ted = folder.name == Path(TED).name
            depth, form = (
                (3, "<talk>/<utterance>/<system>.wav")
                if is_ted
                else (4, "<speaker>/<chapter>/<utterance>/<system>.wav")
            )
            for name, parts in parts_of(walk_audio(folder), depth, folder, form, problems):
                system = Path(parts[-1]).stem
                files.append(
                    AudioFile(
                        str(folder.parent),
                        f"{folder.name}/{name}",
                        int(system == REAL),
                        attack="-" if system == REAL else system,
                        speaker=parts[0],
                        language="en",
                        source="TED-LIUM" if is_ted else "LibriTTS",
                    )
                )
        return files
