"""WaveFake: LJSpeech (English) and JSUT (Japanese) through several vocoders; spoofs only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.tree import AudioFile, FakeOnly, parts_of


@dataclass(frozen=True)
class WaveFake(FakeOnly):
    """generated_audio/<vocoder>/*.wav; `real` names folders of LJSpeech's and JSUT's own files.

    The same file names occur in several folders, so an id is the folder and the name. Rates differ
    (22.05 and 24 kHz); the loader resamples.
    """

    name: str = "wavefake"

    def find_protocol(self) -> Path | None:
        folder = self.find(["generated_audio"])
        return folder or (Path(self.root) if Path(self.root).name == "generated_audio" else None)

    def expected_files(self) -> str:
        return "generated_audio/<vocoder>/*.wav"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        names = walk_audio(source)
        fakes = [
            AudioFile(str(source), name, 0, attack=parts[0], language=_language(parts[0]))
            for name, parts in parts_of(names, 2, source, "<vocoder>/*.wav", problems)
        ]
        return fakes + self.real_files(
            problems,
            lambda folder, name: {
                "language": _language(folder),
                "id": f"real/{Path(folder).name}/{name}",
            },
        )


def _language(folder: str) -> str:
    lower = folder.lower()
    return "ja" if "jsut" in lower else "en" if "lj" in lower else "-"
