"""How far is each stage of the feature kernel from what this processor can do?

    python -m bench.floor [--quick] [--level LEVEL ...] [--clips 8] [--repeats 100] [--json FILE]

LFCC-60 and log-linear-80 of clips of 64,600 samples, on one thread, from caches. The kernel's loop
is compiled with a clock between its stages, and its rows must equal the kernel's to the last bit.
A stage's floor is the longest of four times: its arithmetic, shuffles, loads and stores, as many as
the algorithm needs, at the rates that loops of nothing else reach here. Cycles are those of the
core, whose clock is measured beside every clip; where it changes, the clip is left out. The tables
show the mean of the second and third fastest tenth of the clips: other work on the machine makes
clips slower, and a clock that rises and falls within a clip makes it seem faster. Needs a processor
with AVX2, and gcc or clang.
"""

from __future__ import annotations

import argparse
import ctypes
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import numpy as np

from bench.features import SAMPLES, clips
from bench.floor.counts import Peaks, stages
from bench.floor.native import LANES, STAGES, Stages, aligned, compile_library
from bench.timing import Row, write_json
from spoofjax.features import LFCC, LogLinear, available_simd_levels
from spoofjax.features.framed import Framed, _plan

FRONT_ENDS: dict[str, Framed] = {"LFCC-60": LFCC(), "log-linear-80": LogLinear()}
FIRST_LEVEL, SECOND_LEVEL, BEYOND = 16, 512, 16_384
"""KiB that lie in the first cache, in the second, and in neither."""
CLOCK = 6_000
"""Cycles in which the clock is measured; a fifteenth of a clip or less."""
LOOPS = 4_000
"""Passes through a loop of twelve instructions."""
STEADY = 0.01
"""The change of the clock beyond which a measurement does not count."""
UNSTEADY = "The clock never held still: run the benchmark on a quieter machine."
PEAK_ROUNDS = 300
"""Rounds of the loops that measure peaks; they are short."""


def ticks_per_cycle(library: ctypes.CDLL) -> float:
    """Return how many ticks of the time-stamp counter a cycle of the core takes now."""
    return library.floor_clock(CLOCK) / CLOCK


def ticks_per_second(library: ctypes.CDLL) -> float:
    """Return the rate of the time-stamp counter, of which one call's ticks are a small part."""
    begin, ticks = time.perf_counter(), 0
    while time.perf_counter() - begin < 0.05:
        inner = time.perf_counter()
        rate = library.floor_clock(10 * CLOCK) / (time.perf_counter() - inner)
        ticks = max(ticks, rate)
    return ticks


def rate(library: ctypes.CDLL, call: Callable[[], int], count: float, rounds: int) -> float:
    """Return how many of `count` things `call` does in a cycle: the median of the fastest tenth."""
    rates = []
    for _ in range(rounds):
        before, ticks, after = ticks_per_cycle(library), call(), ticks_per_cycle(library)
        if abs(before / after - 1) < STEADY:
            rates.append(count / ticks * (before + after) / 2)
    if not rates:
        raise SystemExit(UNSTEADY)
    return float(np.median(sorted(rates)[-max(1, len(rates) // 10) :]))


def measure_peaks(library: ctypes.CDLL, lanes: int) -> tuple[Peaks, dict[str, float]]:
    """Return the rates of instructions, and bytes a cycle to and from the caches by name."""
    memory = aligned(BEYOND * 256)

    def bytes_a_cycle(name: str, kib: int) -> float:
        vectors, passes = kib * 256 // lanes, max(1, SECOND_LEVEL // kib)
        function = getattr(library, f"floor_{name}")
        moved = 4 * lanes * vectors * passes
        rounds = PEAK_ROUNDS if kib < BEYOND else PEAK_ROUNDS // 10
        return rate(library, lambda: function(memory.ctypes.data, vectors, passes), moved, rounds)

    def instructions(loop: Callable[[int], int]) -> float:
        return rate(library, lambda: loop(LOOPS), 12 * LOOPS, PEAK_ROUNDS)

    moves = {
        f"{name} {where}": bytes_a_cycle(name, kib)
        for name in ("read", "write")
        for where, kib in (("L1", FIRST_LEVEL), ("L2", SECOND_LEVEL), ("beyond", BEYOND))
    }
    peaks = Peaks(
        arithmetic=instructions(library.floor_multiply_add),
        shuffles=instructions(library.floor_shuffle),
        loads=moves["read L1"] / (4 * lanes),
        stores=moves["write L1"] / (4 * lanes),
    )
    return peaks, moves


def measure_stages(stages_of: Stages, batch: np.ndarray, repeats: int) -> tuple[np.ndarray, int]:
    """Return cycles a clip by stage, and the number of clips of which they are the mean.

    Exits where the rows are not the kernel's.
    """
    front_end, library = stages_of.front_end, stages_of.library
    shape = front_end.frames(SAMPLES), front_end.coefficients
    rows = aligned(int(np.prod(shape))).reshape(shape)
    cycles = []
    for _ in range(repeats):
        for clip in batch:
            before = ticks_per_cycle(library)
            ticks = stages_of(clip, rows)
            after = ticks_per_cycle(library)
            if abs(before / after - 1) < STEADY:
                cycles.append(ticks / ((before + after) / 2))
    expected = np.empty((1, *shape), np.float32)
    _plan(front_end, stages_of.level).run(batch[-1:], None, expected, 1)
    if not np.array_equal(rows, expected[0]):
        raise SystemExit("The loop in bench/floor/stages.c no longer does what the kernel does.")
    if not cycles:
        raise SystemExit(UNSTEADY)
    ordered = sorted(cycles, key=np.sum)
    tenth = len(ordered) // 10
    kept = ordered[tenth : 3 * tenth + 1]
    return np.mean(kept, axis=0), len(kept)


def print_peaks(level: str, peaks: Peaks, moves: dict[str, float], clock: float) -> None:
    print(f"\n{level}, {LANES[level]} lanes; clock {clock / 1e9:.2f} GHz")
    print(
        f"vectors a cycle: {peaks.arithmetic:.2f} multiply-adds, {peaks.shuffles:.2f} shuffles, "
        f"{peaks.loads:.2f} loads, {peaks.stores:.2f} stores"
    )
    print("bytes a cycle: " + ", ".join(f"{name} {value:.0f}" for name, value in moves.items()))


def report(name: str, stages_of: Stages, batch: np.ndarray, peaks: Peaks, clock: float,
           repeats: int) -> list[Row]:  # fmt: skip
    """Measure one front end, print its table, and return its rows."""
    lanes = LANES[stages_of.level]
    cycles, kept = measure_stages(stages_of, batch, repeats)
    groups = -(-stages_of.front_end.frames(SAMPLES) // lanes)
    floors = {
        stage: peaks.cycles(work) for stage, work in stages(stages_of.front_end, lanes).items()
    }
    total, least = float(cycles.sum()), groups * sum(floor for floor, _ in floors.values())
    print(f"\n{name:22} {'us':>6} {'share':>6} {'cycles':>8} {'floor':>8} {'reached':>8}  bound by")
    rows = []

    def add(stage: str, spent: float, floor: float, binding: str) -> None:
        seconds = spent / clock
        print(
            f"{stage:22} {seconds * 1e6:6.1f} {spent / total:6.0%} {spent:8.0f} {floor:8.0f} "
            f"{floor / spent:8.0%}  {binding}"
        )
        notes = {"cycles": round(spent), "floor": round(floor), "bound by": binding}
        title = f"{name}, {stages_of.level}: {stage}"
        rows.append(Row(title, seconds, seconds, kept, "time-stamp counter", notes))

    for stage, spent in zip(STAGES, cycles, strict=True):
        floor, binding = floors[stage]
        add(stage, float(spent), groups * floor, binding if floor else "")
    add("sum", total, least, "")
    return rows


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    levels = [level for level in reversed(available_simd_levels()) if level in LANES]
    parser.add_argument("--quick", action="store_true", help="2 clips, 20 rounds")
    parser.add_argument("--level", nargs="+", choices=levels or None, help="only these builds")
    parser.add_argument("--clips", type=int, default=8, help="clips taken in turn")
    parser.add_argument("--repeats", type=int, default=100, help="rounds")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if not levels or platform.machine() not in ("x86_64", "AMD64"):
        raise SystemExit("The benchmark needs a processor with AVX2: there is none here.")
    count, repeats = (2, 20) if options.quick else (options.clips, options.repeats)
    batch = clips(count)
    rows: list[Row] = []
    bounds = {}
    with tempfile.TemporaryDirectory() as folder:
        for level in options.level or levels:
            library = compile_library(level, Path(folder))
            peaks, moves = measure_peaks(library, LANES[level])
            clock = ticks_per_second(library) / ticks_per_cycle(library)
            print_peaks(level, peaks, moves, clock)
            bounds[level] = {"clock": clock, **vars(peaks), **moves}
            for name, front_end in FRONT_ENDS.items():
                stages_of = Stages(front_end, level, library)
                rows += report(name, stages_of, batch, peaks, clock, repeats)
    if options.json:
        write_json(options.json, "floor of the features", rows, samples=SAMPLES, peaks=bounds)


if __name__ == "__main__":
    main()
