"""The samples of one packed split; the formats of shards subclass what they share."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spoofjax.corpora.packing.plan import read_plan
from spoofjax.corpora.packing.stored_manifest import TABLE, load_array, read_manifest_json
from spoofjax.errors import CorpusError


class PackedAudio:
    """Where the utterances of a packed split lie. `formats.open_packed` opens one for reading.

    All methods are safe to call from several threads.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        plan = read_plan(self.folder.parent)
        self.rate: int = plan["rate"]
        self.rows: int = plan["shard_rows"]
        """Utterances per shard."""
        self.lengths = load_array(self.folder, "packed_samples", np.int64)
        """int64 (packed rows,): samples of each utterance; 0 for one that could not be read."""
        self._shards = read_manifest_json(self.folder)["shards"]
        self._check_lengths()
        self._lengths: list[int] = self.lengths.tolist()  # indexing a list is several times faster

    def _check_lengths(self) -> None:
        """Raise CorpusError where there are not as many shards as rows need."""
        expected = -(-len(self.lengths) // self.rows)
        if len(self._shards) != expected or (self.lengths < 0).any():
            raise CorpusError(
                f"{self.folder / TABLE} lists {len(self._shards)} shards, but the lengths of the "
                f"{len(self.lengths)} utterances need {expected}. Pack the corpus again."
            )

    def gather(
        self, rows: np.ndarray, starts: np.ndarray, out: np.ndarray, tile: bool, threads: int
    ) -> np.ndarray:
        """Fill `out`, int16 or float32 (clips, samples), with as many clips as one call can read.

        Clip i is row rows[i], int64, from its sample starts[i], int64; a row of -1 is left alone. A
        shorter one is repeated to the end if `tile`, else the rest of its row stays as it is.
        Returns int64 (clips,): the samples written, or -1 for a clip that is left to `read`. Raises
        CorpusError for a missing shard.
        """
        raise NotImplementedError

    def read(self, row: int, start: int, count: int) -> np.ndarray:
        """Return int16 samples start .. start + count - 1 of a row, fewer where it ends before.

        Raises AudioError for a damaged shard and CorpusError for a missing one.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the shards; a later read opens them again."""
        raise NotImplementedError

    def length(self, row: int) -> int:
        """Return the number of samples of a row."""
        return self._lengths[row]

    def paths(self) -> list[Path]:
        """Return the files of the shards, in order."""
        return [self.folder / shard["file"] for shard in self._shards]

    def shard_path(self, number: int) -> Path:
        """Return the file of a shard. Raises CorpusError where it is missing or incomplete."""
        path = self.folder / self._shards[number]["file"]
        expected = self._shards[number]["bytes"]
        size = path.stat().st_size if path.exists() else None
        if size != expected:
            state = "is missing" if size is None else f"has {size} bytes instead of {expected}"
            raise CorpusError(f"The shard {path} {state}. Copy it again, or pack the corpus again.")
        return path
