"""The formats of shards: which class writes each, and which reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from spoofjax.corpora.packing.npy_shards import NpyAudio, NpyWriter
from spoofjax.corpora.packing.packed_audio import PackedAudio
from spoofjax.corpora.packing.plan import read_plan
from spoofjax.corpora.packing.record_shards import RecordAudio, RecordWriter

Format = Literal["npy", "arrayrecord"]
FORMATS: tuple[Format, ...] = ("npy", "arrayrecord")

WRITERS = {"npy": NpyWriter, "arrayrecord": RecordWriter}
READERS = {"npy": NpyAudio, "arrayrecord": RecordAudio}


def open_packed(folder: str | Path) -> PackedAudio:
    """Open one packed split, such as DIR/train, in the format it was packed in."""
    return READERS[read_plan(Path(folder).parent)["format"]](folder)
