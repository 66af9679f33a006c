"""ASVspoof 5, track 1: training, development and evaluation sets.

Format: the README of the release (Zenodo 14498691) and the ASVspoof 5 challenge package.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.layouts import ASVSPOOF5, KEYS
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.rows import check_agreement, column_named, labels_of
from spoofjax.corpora.tables import read_table

PROTOCOLS = {
    split: tuple(f"ASVspoof5.{stem}" for stem in stems)
    for split, stems in {
        "train": ("train.tsv", "train.metadata.txt", "train.metainfor.txt"),
        "dev": ("dev.track_1.tsv", "dev.metadata.txt", "dev.metainfor.txt"),
        "eval": ("eval.track_1.tsv", "eval.metadata.txt", "eval.metainfor.txt"),
    }.items()
}
"""Names in the release, then those of the challenge phase."""
PROTOCOL_FOLDERS = ("", "ASVspoof5_protocols", "protocols")
AUDIO = {
    "train": ("flac_T",),
    "dev": ("flac_D",),
    "eval": ("flac_E_eval", "flac_E"),
}
PROVENANCE = "provenance.tsv"


@dataclass(frozen=True)
class ASVspoof5(Reader):
    """ASVspoof 5: protocols of ten columns (six in the challenge phase) and folders of FLAC files.

    Additional columns are 'quality' (of the codec) and 'adaptation' (AC1 to AC3: how the attacker
    adapted to the speaker).
    """

    name: str = "asvspoof5"
    language: str = "en"
    """The corpus is English; '-' for another corpus in its layout that is not. A table
    provenance.tsv in the root, with the columns file and language, states the language of each
    file, as that of the demo corpus does."""

    def protocol(self, split: str) -> Path | None:
        return self.find(PROTOCOLS[split], PROTOCOL_FOLDERS)

    def has_split(self, split: str) -> bool:
        # One archive holds all protocols and many hold the audio, so a split needs its audio too.
        return self.protocol(split) is not None and self.find(AUDIO[split]) is not None

    def expected(self, split: str) -> str:
        return f"the protocol {PROTOCOLS[split][0]} and the folder {AUDIO[split][0]}"

    def may_be_unlisted(self, name: str) -> bool:
        return name[2:3] == "A"  # enrolment files of track 2, such as D_A0000000001.flac

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_fields(source, ASVSPOOF5, problems)
        label = labels_of(rows, "key", KEYS, problems)
        attack = check_agreement(rows, label, rows.get("attack"), problems)
        folder = self.audio_folder(AUDIO[split])
        ids = rows.text("id")
        codec = rows.get("codec")
        quality = rows.get("quality")
        quality.codes[codec.codes < 0] = -1  # '-' where nothing was coded, or 0 in some copies
        return self.checked_manifest(
            rows,
            ids,
            label,
            Files.under(folder, ids, ".flac"),
            problems,
            attack=attack,
            codec=codec,
            speaker=rows.get("speaker"),
            gender=rows.get("gender"),
            language=self._languages(ids),
            quality=quality,
            adaptation=rows.get("adaptation"),
        )

    def _languages(self, ids: np.ndarray) -> Column | str:
        """Return the language of each utterance, or the one of all."""
        path = Path(self.root, PROVENANCE)
        if not path.is_file():
            return self.language
        table = read_table(path, ["file"])
        if column_named("language", table.columns) is None:
            return self.language
        languages = dict(zip(table.text("file"), table.text("language"), strict=True))
        return Column.of([languages.get(id_, self.language) for id_ in ids])


def read_codecs(path: str | Path) -> dict[tuple[str, str], tuple[str, float]]:
    """Read ASVspoof5.codec.config.csv: (codec, quality) as in protocols -> (name, kbit/s).

    The table writes C1 where protocols write C01; the keys here are as in protocols. A rate that is
    not a number is NaN. Raises CorpusError where a column is missing.
    """
    rows = read_table(Path(path), ["ID", "CODEC", "CODEC_Q", "Bitrate(kbps)"])
    columns = [rows.text(name).tolist() for name in ("ID", "CODEC_Q", "CODEC", "Bitrate(kbps)")]
    return {
        (f"C{int(id_[1:]):02d}", quality): (codec, _number(rate))
        for id_, quality, codec, rate in zip(*columns, strict=True)
    }


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
