"""Writing one shard: a file of consecutive utterances, and its receipt.

A shard is written beside its final name, checksummed and renamed, and its receipt follows. A shard
with a receipt is therefore complete, and a kill costs at most the shard that is being written.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.corpora.packing.documents import Receipt
from spoofjax.corpora.packing.formats import WRITERS, sha256_of, write_checksums
from spoofjax.corpora.packing.part_files import beside, write_text
from spoofjax.errors import AudioError, CorpusError
from spoofjax.files import naming
from spoofjax.json_files import read_json


class Shard:
    """The file `path`, in the format of its suffix, for some rows of a manifest.

    The receipt, a JSON file beside it, holds its size, its checksum, the lengths of its utterances
    and the rows that could not be read.
    """

    def __init__(self, path: Path, rows: range):
        self.rows = rows
        self._path, self._receipt = path, path.with_suffix(".json")

    def is_written(self) -> bool:
        """Whether the receipt exists, and the file in its full size."""
        if not self._receipt.is_file():
            return False
        return self._path.is_file() and self._path.stat().st_size == self.receipt()["bytes"]

    def is_finished(self, skip_unreadable: bool) -> bool:
        """Whether nothing is left to do. Unreadable files are tried again unless skipped."""
        return self.is_written() and (skip_unreadable or not self.receipt()["unreadable"])

    def receipt(self) -> dict[str, Any]:
        """Return what was noted when the shard was written. Raises CorpusError for damage."""
        remedy = "Delete it; the same `spoofjax pack` command writes the shard again."
        receipt = read_json(self._receipt, Receipt, CorpusError, remedy)
        is_of_these_rows = all(row in self.rows for row, _ in receipt["unreadable"])
        if len(receipt["samples"]) != len(self.rows) or not is_of_these_rows:
            raise CorpusError(
                f"{self._receipt} is damaged: samples or unreadable is of other rows than "
                f"{self.rows.start} to {self.rows.stop - 1}. {remedy}"
            )
        return receipt

    def write(
        self, decode: Callable[[int], np.ndarray | AudioError], pool: ThreadPoolExecutor
    ) -> Iterator[int]:
        """Decode the rows in threads and write them; yield each row as it is done.

        `decode` returns the int16 samples of a row, or the error of a file that cannot be read.
        Raises CorpusError where another process writes the same shard.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with naming(self._path):
            yield from self._write(decode, pool)

    def _write(
        self, decode: Callable[[int], np.ndarray | AudioError], pool: ThreadPoolExecutor
    ) -> Iterator[int]:
        part = beside(self._path)
        writer = WRITERS[self._path.suffix.removeprefix(".")](part)
        lengths, unreadable = [], []
        for row, decoded in zip(self.rows, _map_ahead(pool, decode, self.rows), strict=True):
            if isinstance(decoded, AudioError):
                unreadable.append([row, str(decoded)])
                decoded = np.zeros(0, np.int16)
            writer.write(decoded)
            lengths.append(len(decoded))
            yield row
        writer.close()
        with open(part, "rb") as file:
            os.fsync(file.fileno())
        receipt = {
            "file": self._path.name,
            "bytes": part.stat().st_size,
            "sha256": sha256_of(part),
            "samples": lengths,
            "unreadable": unreadable,
            **write_checksums(part, self._path),
        }
        try:
            part.replace(self._path)
        except FileNotFoundError:
            raise CorpusError(
                f"Another process writes {self._path} at the same time. Give each job of an array "
                "its own --shard-index."
            ) from None
        write_text(self._receipt, json.dumps(receipt) + "\n")


def _map_ahead(pool: ThreadPoolExecutor, work: Callable, items: Iterable) -> Iterator[Any]:
    """Yield work(item) in order; a bounded number of items are worked on ahead of the consumer."""
    depth = 8 * (pool._max_workers or 1)
    futures: deque = deque()
    try:
        for item in items:
            futures.append(pool.submit(work, item))
            if len(futures) >= depth:
                yield futures.popleft().result()
        while futures:
            yield futures.popleft().result()
    finally:
        for future in futures:
            future.cancel()
