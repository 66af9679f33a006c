"""WaveFake: LJSpeech (English) and JSUT (Japanese) through several vocoders; fake only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.tree import FakeOnly, Found, parts_of


@dataclass(frozen=True)
class WaveFake(FakeOnly):
    """generated_audio/<vocoder>/*.wav; `real` names folders of LJSpeech's and JSUT's own files.

    The same file name stands in many folders, so an id is folder and name. Rates differ (22.05
    and 24 kHz); the loader resamples.
    """

    name: str = "wavefake"

    def place(self) -> Path | None:
        found = self.find(["generated_audio"])
        return found or (Path(self.root) if Path(self.root).name == "generated_audio" else None)

    def form(self) -> str:
        return "generated_audio/<vocoder>/*.wav"

    def walk(self, split: str, source: Path, problems: Problems) -> list[Found]:
        names = walk_audio(source)
        fakes = [
            Found(str(source), name, 0, attack=parts[0], language=_language(parts[0]))
            for name, parts in parts_of(names, 2, source, "<vocoder>/*.wav", problems)
        ]
        return fakes + self.add_real(
            problems,
            lambda folder, name: {
                "language": _language(folder),
                "id": f"real/{Path(folder).name}/{name}",
            },
        )


def _language(folder: str) -> str:
    lower = folder.lower()
    return "ja" if "jsut" in lower else "en" if "lj" in lower else "-"
