"""What the stored samples of a packed corpus tell, and whether its shards are unchanged."""

from __future__ import annotations

import functools
import threading
from pathlib import Path

from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.formats import is_intact, open_packed
from spoofjax.corpora.packing.packed import MARK
from spoofjax.corpora.packing.packed_audio import PackedAudio
from spoofjax.corpora.packing.stored_manifest import TABLE, read_manifest_json
from spoofjax.corpora.validation.audio_facts import Facts, facts_of, failed
from spoofjax.corpora.validation.report import EXAMPLES, Report
from spoofjax.errors import AudioError, CorpusError


def is_packed_utterance(path: str) -> bool:
    """Whether a path is that of a row of a packed split, DIR/train#17, and not of a file."""
    folder, mark, row = path.rpartition(MARK)
    return bool(mark) and row.isdigit() and _is_packed_split(folder)


@functools.lru_cache
def _is_packed_split(folder: str) -> bool:
    return (Path(folder) / TABLE).is_file()


def manifest_of(path: str) -> str:
    """Return the manifest of the split of a packed utterance."""
    return f"{path.rpartition(MARK)[0]}/{TABLE}"


class PackedUtterances:
    """Examines utterances of packed splits, which stay open until `close`; safe in threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._splits: dict[str, PackedAudio] = {}

    def examine(self, path: str) -> Facts:
        """Return the facts of an utterance. That it cannot be read is a fact too, not an error."""
        folder, _, row = path.rpartition(MARK)
        try:
            split = self._open(folder)
            samples = split.read(int(row), 0, split.length(int(row)))
        except (AudioError, CorpusError, OSError) as error:
            return failed(path, error)
        return facts_of(samples[:, None], split.rate) if len(samples) else Facts()

    def close(self) -> None:
        """Close the shards."""
        for split in self._splits.values():
            split.close()

    def _open(self, folder: str) -> PackedAudio:
        with self._lock:
            if folder not in self._splits:
                self._splits[folder] = open_packed(folder)
            return self._splits[folder]


def check_shards(split: str, manifest: Manifest, report: Report) -> None:
    """Report the shards of a split whose bytes differ from their checksums."""
    names = manifest.files.folder.names
    folders = [Path(name.removesuffix(MARK)) for name in names if name.endswith(MARK)]
    shards = [
        (folder / entry["file"], entry)
        for folder in folders
        if _is_packed_split(str(folder))
        for entry in read_manifest_json(folder)["shards"]
    ]
    damaged = [str(path) for path, entry in shards if not is_intact(path, entry)]
    if damaged:
        report.add(
            "error", "shard", split,
            f"{len(damaged)} of {len(shards)} shards are not as they were packed.",
            "Copy them again, or pack the corpus again with `spoofjax pack --verify`.",
            count=len(damaged), examples=tuple(damaged[:EXAMPLES]),
        )  # fmt: skip
