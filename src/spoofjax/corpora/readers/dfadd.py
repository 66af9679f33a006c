"""DFADD: text-to-speech by diffusion and flow matching, with VCTK as its bona fide side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.tree import Found, Tree

FOLDERS = {"train": "train", "dev": "valid", "eval": "test"}


@dataclass(frozen=True)
class DFADD(Tree):
    """DATASET_<model>/{train,valid,test}/<speaker>_*.wav; BONAFIDE in a model means real."""

    name: str = "dfadd"

    def protocol(self, split: str) -> Path | None:
        root = Path(self.root)
        there = root.is_dir() and any(root.glob(f"DATASET_*/{FOLDERS[split]}"))
        return root if there else None

    def expected(self, split: str) -> str:
        return f"DATASET_<model>/{FOLDERS[split]}/*.wav and DATASET_VCTK_BONAFIDE/{FOLDERS[split]}"

    def walk(self, split: str, source: Path, problems: Problems) -> list[Found]:
        found = []
        for folder in sorted(source.glob(f"DATASET_*/{FOLDERS[split]}")):
            model = folder.parent.name.removeprefix("DATASET_")
            real = "BONAFIDE" in model
            found += [
                Found(
                    str(source),
                    f"{folder.parent.name}/{folder.name}/{name}",
                    int(real),
                    attack="-" if real else model,
                    speaker=name.rpartition("/")[2].partition("_")[0],
                    language="en",
                )
                for name in walk_audio(folder)
            ]
        if not any(f.label for f in found):
            problems.add(
                "empty-class",
                source,
                f"no bona fide file in the {split} split.",
                "Unpack DATASET_VCTK_BONAFIDE beside the other folders.",
            )
        return found
