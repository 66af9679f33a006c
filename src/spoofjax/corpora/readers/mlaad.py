"""MLAAD: text-to-speech in many languages; spoofs only, its real side is M-AILABS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.tree import AudioFile, FakeOnly, parts_of

GENDERS = {"female": "F", "male": "M"}


@dataclass(frozen=True)
class MLAAD(FakeOnly):
    """fake/<language>/<model>/*.wav; `real` names the folder of M-AILABS (<xx_XX>/by_book/...).

    Languages are two letters: 'zh-cn' is zh, 'en_US' is en. The meta.csv in each model's folder
    is not needed.
    """

    languages: tuple[str, ...] = ()
    """Keep these languages only; () keeps all."""
    name: str = "mlaad"

    def find_protocol(self) -> Path | None:
        return self.find(["fake"])

    def expected_files(self) -> str:
        return "fake/<language>/<model>/*.wav"

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        names = walk_audio(source)
        files = [
            AudioFile(
                str(source.parent),
                f"fake/{name}",
                0,
                attack=parts[1],
                language=language_of(parts[0]),
            )
            for name, parts in parts_of(names, 3, source, "<language>/<model>/*.wav", problems)
        ]
        files += self.real_files(problems, _real)
        return [f for f in files if not self.languages or f.language in self.languages]


def language_of(folder: str) -> str:
    """Return the two letters of a language folder: 'zh-cn' -> 'zh', 'de_DE' -> 'de'."""
    return re.split("[-_]", folder.lower())[0]


def _real(folder: str, name: str) -> dict[str, str]:
    """Read language, gender and speaker from M-AILABS's <xx_XX>/by_book/<gender>/<speaker>/..."""
    path = Path(folder, name)
    parts = path.parts
    locale = next((n for n, p in enumerate(parts) if re.fullmatch(r"[a-z]{2}_[A-Z]{2}", p)), None)
    facts = {"id": "real/" + "/".join(path.parts[locale:] if locale is not None else [name])}
    if locale is None:
        return facts
    facts["language"] = language_of(parts[locale])
    below = parts[locale + 1 :]
    if len(below) > 4 and below[0] == "by_book" and below[1] in GENDERS:
        facts |= {"gender": GENDERS[below[1]], "speaker": below[2]}
    return facts
