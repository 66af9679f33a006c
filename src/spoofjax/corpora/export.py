"""Manifests for other toolkits: the unified table of AntiDeepfake and Kaldi-style folders."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from spoofjax.audio.opening import open_sound
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.readers.unified import COLUMNS, PROPORTIONS
from spoofjax.errors import CorpusError

ENCODINGS = {
    "PCM_16": ("PCM_S", 16), "PCM_24": ("PCM_S", 24), "PCM_32": ("PCM_S", 32),
    "PCM_S8": ("PCM_S", 8), "PCM_U8": ("PCM_U", 8), "FLOAT": ("PCM_F", 32),
    "DOUBLE": ("PCM_F", 64), "ULAW": ("ULAW", 8), "ALAW": ("ALAW", 8),
}  # fmt: skip
"""The names in torchaudio for the subtypes in libsndfile, and the bits per sample."""
LABELS = {1: "bonafide", 0: "spoof"}


class Header(NamedTuple):
    """What the header of an audio file says."""

    seconds: float
    rate: int
    channels: int
    encoding: str
    bits: int


def read_headers(paths: Sequence[str], threads: int | None = None) -> list[Header]:
    """Read the headers of audio files in threads. Raises AudioError naming the first bad file."""

    def read(path: str) -> Header:
        with open_sound(path) as sound:
            encoding, bits = ENCODINGS.get(sound.subtype, (sound.subtype, 0))
            name = encoding if sound.format in ("WAV", "WAVEX") else sound.format
            return Header(sound.length / sound.rate, sound.rate, sound.channels, name, bits)

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        return list(pool.map(read, paths))


def write_unified(
    path: str | Path,
    manifests: Mapping[str, Manifest],
    root: str | Path,
    threads: int | None = None,
) -> int:
    """Write splits ('train', 'dev', 'eval') as one unified CSV; return the number of rows.

    Paths below `root` start with $ROOT instead. The header of every file is read. Raises AudioError
    for an unreadable file and CorpusError for utterances without labels.
    """
    start = str(Path(root).absolute()) + "/"
    count = 0
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for split, manifest in manifests.items():
            _need_labels(split, manifest)
            paths = [os.path.abspath(p) for p in manifest.files.paths()]
            columns = [manifest.column(c).values() for c in ("attack", "speaker", "language")]
            rows = zip(
                manifest.keys().tolist(), manifest.label.tolist(), paths, *columns,
                read_headers(paths, threads), strict=True,
            )  # fmt: skip
            for id_, label, audio, attack, speaker, language, header in rows:
                if audio.startswith(start):
                    audio = "$ROOT/" + audio.removeprefix(start)
                writer.writerow([
                    id_, "real" if label == 1 else "fake", round(header.seconds, 2), header.rate,
                    audio, attack, speaker, PROPORTIONS[split], header.channels, header.encoding,
                    header.bits, language.upper(),
                ])  # fmt: skip
                count += 1
    return count


def write_kaldi(
    folder: str | Path, manifests: Mapping[str, Manifest], threads: int | None = None
) -> None:
    """Write each split as <folder>/<split>/ with wav.scp, utt2lab, lab2utt and utt2dur.

    utt2spk, spk2utt, utt2attack, utt2codec, utt2lang and spk2gender are written if the corpus has
    these columns. Files are sorted by id, and paths are absolute. Raises CorpusError for utterances
    without labels and for ids with blanks, AudioError for an unreadable file.
    """
    for split, manifest in manifests.items():
        _need_labels(split, manifest)
        ids = manifest.keys().tolist()
        blank = next((id_ for id_ in ids if len(id_.split()) != 1), None)
        if blank is not None:
            raise CorpusError(
                f"{blank!r} cannot be an id in a Kaldi-style folder, where an id ends at a blank. "
                "Rename the file, or export with write_unified."
            )
        place = Path(folder, split)
        place.mkdir(parents=True, exist_ok=True)
        paths = [os.path.abspath(p) for p in manifest.files.paths()]
        labels = [LABELS[label] for label in manifest.label.tolist()]
        durations = [f"{header.seconds:.4f}" for header in read_headers(paths, threads)]
        _write_map(place / "wav.scp", ids, paths)
        _write_map(place / "utt2dur", ids, durations)
        _write_map(place / "utt2lab", ids, labels, inverse=place / "lab2utt")
        speakers = manifest.column("speaker").values()
        _write_map(place / "utt2spk", ids, speakers, inverse=place / "spk2utt")
        for column, name in (("attack", "attack"), ("codec", "codec"), ("language", "lang")):
            _write_map(place / f"utt2{name}", ids, manifest.column(column).values())
        genders = dict(zip(speakers, manifest.column("gender").values(), strict=True))
        genders.pop("-", None)
        _write_map(place / "spk2gender", list(genders), [g.lower() for g in genders.values()])


def _write_map(
    path: Path, ids: Sequence[str], values: Sequence[str], inverse: Path | None = None
) -> None:
    """Write 'id value' lines sorted by id, and the inverse map. Ids without a value are left out.

    No file is written where no id has a value.
    """
    pairs = sorted((i, v) for i, v in zip(ids, values, strict=True) if v != "-")
    if not pairs:
        return
    path.write_text("".join(f"{id_} {value}\n" for id_, value in pairs), encoding="utf-8")
    if inverse is not None:
        groups = defaultdict(list)
        for id_, value in pairs:
            groups[value].append(id_)
        lines = [f"{value} {' '.join(members)}\n" for value, members in sorted(groups.items())]
        inverse.write_text("".join(lines), encoding="utf-8")


def _need_labels(split: str, manifest: Manifest) -> None:
    if not manifest.labelled:
        raise CorpusError(f"The {split} split of {manifest.corpus} has utterances without labels.")
