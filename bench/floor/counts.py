"""How many vector instructions each stage must execute for a group of frames, and in what time.

The counts are those of the algorithm, not of the compiled code: no moves between registers, no
addresses, no registers spilled to memory, every vector loaded once in each pass.
"""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import numpy as np

from bench.floor.native import ROOT
from spoofjax.features.framed import Framed

COLUMNS = 16
LOGARITHM = 25
"""Instructions of take_log for one vector; see `logarithm` in csrc/base/lanes.h."""
ROWS_AT_A_TIME = 8
"""Rows of the cosine transform that share a load."""


@dataclass(frozen=True)
class Work:
    """Vector instructions; a shuffle is also counted as arithmetic, since it takes its place."""

    arithmetic: float = 0
    shuffles: float = 0
    loads: float = 0
    stores: float = 0

    def times(self, n: float) -> Work:
        """Return n times this."""
        return Work(self.arithmetic * n, self.shuffles * n, self.loads * n, self.stores * n)

    def __add__(self, other: Work) -> Work:
        return Work(
            self.arithmetic + other.arithmetic, self.shuffles + other.shuffles,
            self.loads + other.loads, self.stores + other.stores,
        )  # fmt: skip


@dataclass(frozen=True)
class Peaks:
    """Vector instructions a cycle."""

    arithmetic: float
    shuffles: float
    loads: float
    stores: float

    def cycles(self, work: Work) -> tuple[float, str]:
        """Return the cycles that the work takes at least, and what binds."""
        limits = {
            kind: getattr(work, kind) / getattr(self, kind)
            for kind in ("arithmetic", "shuffles", "loads", "stores")
        }
        binding = max(limits, key=lambda kind: limits[kind])
        return limits[binding], binding


@cache
def generator() -> ModuleType:
    """Return csrc/features/generate_fft.py as a module."""
    path = ROOT / "csrc" / "features" / "generate_fft.py"
    spec = importlib.util.spec_from_file_location("generate_fft", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate_fft"] = module  # its dataclasses look for their module there
    spec.loader.exec_module(module)
    return module


def arithmetic_of(code: str) -> int:
    """Return the statements of a generated function that compute something."""
    return len(re.findall(r"= (?:F\w+\(|[\w\[\]]+ [-+*] )", code))


def columns_and_rows(front_end: Framed) -> tuple[Work, Work]:
    """Return the two passes of the transform; the window and |X|^2 are included."""
    code, n1 = generator(), front_end.fft // COLUMNS
    live = min(n for n in code.LIVE[n1] if n * COLUMNS >= front_end.frame_length)
    column = Work(arithmetic_of(code.column_function(n1, live)), 0, 2 * live, n1)
    row = Work(arithmetic_of(code.row_function()), 0, 2 * COLUMNS, COLUMNS)
    first = Work(arithmetic_of(code.first_row_function()), 0, COLUMNS, COLUMNS // 2 + 1)
    middle = Work(arithmetic_of(code.middle_row_function()), 0, COLUMNS, COLUMNS // 2)
    return column.times(COLUMNS), row.times(n1 // 2 - 1) + first + middle


def shared_taps(bank: np.ndarray) -> int:
    """Return the bins that the filters load, one for two neighbours (fill_filters in plan.c)."""
    is_tap, count = np.zeros(bank.shape[1], bool), 0
    for weights in bank:
        is_tap = ~is_tap & (weights != 0)
        count += int(is_tap.sum())
    return count


def cut(front_end: Framed, lanes: int) -> Work:
    """Return the transposition of a group's samples; four vectors together (load_columns)."""
    fresh = -(-min(front_end.hop, front_end.frame_length) // 4)
    shifted = max(0, front_end.frame_length - 4 * fresh)
    moves = 1 if lanes == 16 else 2  # instructions of shift_in
    block = Work(8 + (lanes // 4 - 1) * 4, 8, lanes, 4)
    return block.times(fresh) + Work(moves, 1, 2, 1).times(shifted)


def stages(front_end: Framed, lanes: int) -> dict[str, Work]:
    """Return the work of a group of `lanes` frames by stage."""
    columns, rows = columns_and_rows(front_end)
    bank, cosines = front_end.filter_bank(), front_end.cosine_transform()
    assert bank is not None
    taps, bands = shared_taps(bank.astype(np.float32)), len(bank)
    cepstra = 0 if cosines is None else len(cosines)
    n = front_end.statics
    blocks = -(-n // lanes)
    transposed = lanes * int(math.log2(lanes))
    products = cepstra * bands
    loads = products + bands * -(-cepstra // ROWS_AT_A_TIME)
    return {
        "samples": Work(),
        "cut": cut(front_end, lanes),
        "columns": columns,
        "rows": rows,
        "filter": Work(2 * taps + 3 * bands, 0, 3 * taps, bands),
        "log": Work(LOGARITHM, 0, 1, 1).times(bands),
        "cosine": Work(products, 0, loads, cepstra),
        "write": Work(transposed, transposed, lanes, lanes).times(blocks),
        "slopes": Work(1, 0, 2, 1).times(front_end.deltas * lanes * blocks),
    }
