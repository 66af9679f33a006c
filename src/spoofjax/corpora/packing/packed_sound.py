"""Packed utterances as recordings, to be heard like audio files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spoofjax.audio.blocks import Recording
from spoofjax.audio.sounds import Dtype, Sound
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.formats import open_packed
from spoofjax.corpora.packing.packed import MARK, Packed
from spoofjax.corpora.packing.packed_audio import PackedAudio
from spoofjax.corpora.packing.stored_manifest import packed_rows
from spoofjax.errors import AudioError

BLOCK_SECONDS = 10.0
"""What is read at a time, which is all of most utterances: each call checks whole blocks."""


class PackedSound(Sound):
    """One utterance of a packed split; nothing is read before `read` is called."""

    channels, format, subtype = 1, "packed", "PCM_16"

    def __init__(self, path: str, audio: PackedAudio, row: int):
        self.path, self._audio, self._row = path, audio, row
        self.rate, self.length = audio.rate, audio.length(row)

    def read(
        self, start: int, count: int, dtype: Dtype = "float32", out: np.ndarray | None = None
    ) -> np.ndarray:
        samples = self._audio.read(self._row, start, count)[:, None]
        if len(samples) < min(count, self.length - start):
            raise AudioError(f"{self.path}: its shard ends early. Pack the corpus again.")
        if dtype == "int16":
            return samples
        if dtype == "int32":
            return samples.astype(np.int32) << 16
        return samples * np.float32(1 / 32768)


def manifest_recordings(manifest: Manifest, rate: int) -> list[Path | Recording]:
    """Return the file of each utterance, or its recording at `rate` Hz where it is packed.

    Raises CorpusError where a packed folder is damaged.
    """
    folders, audio = manifest.files.folder, {}
    for code in np.unique(folders.codes[folders.codes >= 0]).tolist():
        if folders.names[code].endswith(MARK):
            audio[code] = open_packed(folders.names[code].removesuffix(MARK))
    sources: list[Path | Recording] = []
    for row, code in enumerate(folders.codes.tolist()):
        if code in audio:
            sound = PackedSound(manifest.path(row), audio[code], int(manifest.files.name[row]))
            sources.append(Recording(sound, rate, BLOCK_SECONDS))
        else:
            sources.append(Path(manifest.path(row)))
    return sources


def packed_recordings(folder: Path, rate: int) -> list[Recording]:
    """Return the utterances of all splits of a packed corpus as recordings at `rate` Hz.

    They are named FOLDER/split/id. Raises CorpusError where the folder is damaged.
    """
    corpus, recordings = Packed(str(folder)), []
    for split in corpus.splits():
        place = folder / split
        audio, ids = open_packed(place), corpus.manifest(split).ids.tolist()
        for id_, row in zip(ids, packed_rows(place).tolist(), strict=True):
            sound = PackedSound(f"{place}/{id_}", audio, row)
            recordings.append(Recording(sound, rate, BLOCK_SECONDS))
    return recordings
