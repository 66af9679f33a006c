"""What a GPU or TPU does with this engine: recurrences, starts, runs, steps, features, correctness.

    bench/accelerator.sh [--quick] [--minutes 7] [--only encoders] [--json FILE] [--compare FILE]

The script builds the extensions and then runs this. Audio is generated. Each section watches the
clock; whatever no longer fits, or needs a package that is not installed, is listed as not measured.
Without an accelerator the script runs on the CPU, with --quick at small sizes, so that it can be
tried anywhere; such figures say nothing about a GPU.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import jax

from bench.accelerator.agreement import agreement
from bench.accelerator.ceilings import ceilings
from bench.accelerator.comparison import print_comparison
from bench.accelerator.convolutions import convolutions
from bench.accelerator.encoders import encoders
from bench.accelerator.features import features
from bench.accelerator.recurrence import recurrences
from bench.accelerator.session import Session, section
from bench.accelerator.starts import starts
from bench.accelerator.steps import steps
from bench.accelerator.torch_steps import torch_steps
from bench.accelerator.whole_runs import whole_runs

OPTIONAL = {
    "orbax.checkpoint": "starts and whole runs, which write checkpoints",
    "grain": "starts and whole runs, whose loader it is",
    "soundfile": "starts and whole runs, whose corpus it writes",
    "tyro": "starts and whole runs, whose options it reads",
    "torch": "comparison with torch",
}


SECTIONS = {
    "recurrences": recurrences,
    "starts": starts,
    "runs": whole_runs,
    "steps": steps,
    "convolutions": convolutions,
    "torch": torch_steps,
    "features": features,
    "agreement": agreement,
    "encoders": encoders,
}
"""Sections by name, in the order in which they run: what is asked first comes first."""


def memory(session: Session) -> None:
    """Note the largest memory in use at any time so far."""
    section("memory")
    statistics = session.device.memory_stats()
    if statistics:
        session.note("peak GiB in use", statistics.get("peak_bytes_in_use", 0) / 2**30)
    else:
        session.skip("peak memory", "this device does not report it")


def print_all(session: Session) -> None:
    """Print everything as one table, then what was not measured."""
    kind = f"{session.device.platform}: {session.device.device_kind}"
    section(f"all of it ({kind}, jax {jax.__version__})")
    print(f"{'':58} {'median ms':>10} {'least ms':>10}")
    for row in session.rows:
        notes = "  ".join(f"{key} {value}" for key, value in row.notes.items())
        print(f"{row.name:58} {row.median * 1e3:10.3f} {row.minimum * 1e3:10.3f}  {notes}".rstrip())
    for name, value in session.checks.items():
        print(f"{name:58} {value:10.2e}")
    for line in session.skipped:
        print(line)
    if session.is_cpu:
        print("There is no accelerator: nothing here was measured on one.")


def main() -> None:
    """Run every section, print the table and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the script")
    parser.add_argument("--minutes", type=float, default=7.0, help="what does not fit is left out")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="sections, besides ceilings")
    parser.add_argument("--json", type=Path, help="default: bench/results/accelerator-DATE.json")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="an earlier --json")
    options = parser.parse_args()
    stamp = time.strftime("%Y%m%d-%H%M")
    path = options.json or Path("bench/results", f"accelerator-{stamp}.json")
    session = Session(options.quick, time.monotonic() + 60 * options.minutes, path)
    print(f"{session.device.platform}: {session.device.device_kind}, jax {jax.__version__}")
    for package, use in OPTIONAL.items():
        if importlib.util.find_spec(package.split(".")[0]) is None:
            session.skipped.append(f"{package} is not installed: no {use}")
    chosen = [SECTIONS[name] for name in options.only or SECTIONS]
    for run in (ceilings, *chosen, memory):
        run(session)
    print_all(session)
    session.save()
    if options.compare is not None:
        print_comparison(session, options.compare)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
