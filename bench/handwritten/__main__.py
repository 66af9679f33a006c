"""What does each hand-written piece gain over the library a user would otherwise call?

    python -m bench.handwritten [--quick] [--only SECTION ...] [--json FILE]

Each piece and its libraries do the same work in one process, in turn; their results are compared
first. The gain is the time of the fastest library divided by ours. Pieces on one thread are timed
in CPU time; layers and training steps, which use all cores, in elapsed time. Freed memory is kept,
as in training, on both sides. A piece that gains less than 1.3 is marked.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from bench.handwritten.layers import layer_pieces  # noqa: E402
from bench.handwritten.piece import PAYS, Gain, Piece, measure  # noqa: E402
from bench.handwritten.sampling import sampling_pieces  # noqa: E402
from bench.handwritten.scores import score_pieces  # noqa: E402
from bench.handwritten.signals import signal_pieces  # noqa: E402
from bench.handwritten.step import step_pieces  # noqa: E402
from bench.timing import Row, write_json  # noqa: E402
from spoofjax.cluster.allocator import keep_freed_memory  # noqa: E402

PACKAGES = ("scipy", "soundfile", "ducc0", "grain", "jax", "jaxlib", "flax", "optax")


def sections(quick: bool) -> dict[str, Callable[[], Iterator[Piece]]]:
    """Return the sections by name, at small sizes with `quick`."""
    clips, utterances, trials, batch = (4, 2_000, 20_000, 8) if quick else (16, 20_000, 680_774, 64)
    return {
        "signals": lambda: signal_pieces(clips),
        "sampling": lambda: sampling_pieces(utterances),
        "scores": lambda: score_pieces(trials),
        "layers": lambda: layer_pieces(batch),
        "step": lambda: step_pieces(batch),
    }


def line(gain: Gain) -> str:
    """Return one row of the table."""
    verdict = "" if gain.by_median >= PAYS else f"  less than {PAYS}"
    return (
        f"{gain.piece.name:42} {gain.ours.median * 1e3:9.2f}  {gain.library.name:28} "
        f"{gain.library.median * 1e3:9.2f} {gain.by_median:7.2f} {gain.by_minimum:7.2f}{verdict}"
    )


def named_rows(gain: Gain) -> Iterator[Row]:
    """Yield the rows of a piece, named after it, with its gain beside our own."""
    for row in gain.rows:
        if row is gain.ours:
            row.notes = {"gain": round(gain.by_median, 2), "over": gain.library.name}
        yield replace(row, name=f"{gain.piece.name}: {row.name}")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, 3 rounds")
    parser.add_argument("--only", nargs="+", choices=list(sections(False)), help="sections")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    keep_freed_memory()
    print(f"{'ms, medians':42} {'spoofjax':>9}  {'fastest library':38} {'gain':>7} {'by min.':>7}")
    gains = []
    chosen = sections(options.quick)
    for name in options.only or chosen:
        for piece in chosen[name]():
            gains.append(measure(piece, 3 if options.quick else piece.repeats))
            print(line(gains[-1]), flush=True)
    if options.json:
        rows = [row for gain in gains for row in named_rows(gain)]
        write_json(options.json, "hand-written pieces", rows, packages=PACKAGES)


if __name__ == "__main__":
    main()
