"""DFADD: text-to-speech by diffusion and flow matching, with VCTK as its bona fide side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.tree import AudioFile, Tree

FOLDERS = {"train": "train", "dev": "valid", "eval": "test"}


@dataclass(frozen=True)
class DFADD(Tree):
    """DATASET_<model>/{train,valid,test}/<speaker>_*.wav; BONAFIDE in a model means real."""

    name: str = "dfadd"

    def protocol(self, split: str) -> Path | None:
        root = Path(self.root)
        has_split = root.is_dir() and any(root.glob(f"DATASET_*/{FOLDERS[split]}"))
        return root if has_split else None

    def expected(self, split: str) -> str:
        return f"DATASET_<model>/{FOLDERS[split]}/*.wav and DATASET_VCTK_BONAFIDE/{FOLDERS[split]}"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        files = []
        for folder in sorted(source.glob(f"DATASET_*/{FOLDERS[split]}")):
            model = folder.parent.name.removeprefix("DATASET_")
            is_real = "BONAFIDE" in model
            files += [
                AudioFile(
                    str(source),
                    f"{folder.parent.name}/{folder.name}/{name}",
                    int(is_real),
                    attack="-" if is_real else model,
                    speaker=name.rpartition("/")[2].partition("_")[0],
                    language="en",
                )
                for name in walk_audio(folder)
            ]
        if not any(file.label for file in files):
            problems.add(
                "empty-class",
                source,
                f"no bona fide file in the {split} split.",
                "Unpack DATASET_VCTK_BONAFIDE beside the other folders.",
            )
        return files
