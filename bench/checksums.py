"""What does it cost to compare the blocks of a packed clip with their checksums? On one thread.

    python -m bench.checksums [--quick] [--repeats 60] [--json FILE]

Batches of 64 clips of 64,600 samples are read from an .npy shard in the page cache, as int16 and as
float32, with checksums and without.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.timing import interleave, print_table, write_json
from spoofjax.corpora.packing import _gather  # type: ignore[attr-defined]  # compiled
from spoofjax.corpora.packing.npy_shards import HEADER, NpyWriter, checksums_of

CLIPS, SAMPLES, LENGTH = 64, 64_600, 96_000
WITHOUT = "without checksums"


def write_shard(path: Path, utterances: int) -> None:
    """Write so many utterances of noise as a shard."""
    random = np.random.default_rng(0)
    writer = NpyWriter(path)
    for _ in range(utterances):
        writer.write(random.integers(-3000, 3000, LENGTH).astype(np.int16))
    writer.close()


def reader(shard: _gather.Shard, utterances: int, dtype: type):
    """Return the function that reads a batch of clips drawn at random."""
    random = np.random.default_rng(1)
    lengths = np.full(utterances, LENGTH, np.int64)
    begins = 2 * (np.cumsum(lengths) - lengths)
    out = np.zeros((CLIPS, SAMPLES), dtype)

    def read() -> None:
        rows = random.integers(0, utterances, CLIPS)
        starts = random.integers(0, LENGTH - SAMPLES, CLIPS)
        own = _gather.gather([shard] * CLIPS, rows, begins, lengths, starts, out, False, 1)
        assert own.min() == SAMPLES

    return read


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="32 utterances, 5 rounds")
    parser.add_argument("--repeats", type=int, default=60, help="rounds")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    utterances, repeats = (32, 5) if options.quick else (256, options.repeats)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "00000.npy")
        write_shard(path, utterances)
        shards = {
            WITHOUT: _gather.Shard(path, HEADER),
            "with checksums": _gather.Shard(path, HEADER, checksums_of(path)),
        }
        calls = {
            f"{np.dtype(dtype).name}, {name}": reader(shard, utterances, dtype)
            for dtype in (np.int16, np.float32)
            for name, shard in shards.items()
        }
        rows = interleave(calls, repeats)
    print_table("CPU time per clip", rows, per=CLIPS, reference=f"int16, {WITHOUT}")
    if options.json:
        write_json(options.json, "checksums", rows, clips=CLIPS, samples=SAMPLES)


if __name__ == "__main__":
    main()
