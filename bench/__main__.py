"""Run every benchmark, write bench/results/<date>-<machine>.json, and print the tables again.

    python -m bench [--quick] [--only NAME ...] [--skip NAME ...] [--peer-python PYTHON]

Each benchmark runs in a process of its own, one after another. If one fails, the others still run,
and the failure is listed at the end. bench.accelerator is not among them, because it needs a GPU.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.timing import Row, machine, print_table

HERE = Path(__file__).resolve().parent
SCRIPTS = (
    "protocol", "features", "floor", "augmentation", "metrics", "handwritten", "checksums",
    "loader", "train_step", "startup", "scaling", "soak", "end_to_end", "weights", "streaming",
    "service", "scoring",
)  # fmt: skip
QUICK = {"metrics": ["--trials", "50000", "--repeats", "3", "--exact", "0"]}
"""What --quick means for a benchmark that has no such option."""
WITH_PEERS = ("loader", "startup", "end_to_end", "train_step", "scoring")
UNITS = {"features": "us", "floor": "us", "augmentation": "us", "checksums": "us", "loader": "us",
         "startup": "s", "end_to_end": "s", "weights": "s", "scoring": "s"}  # fmt: skip


def command_of(name: str, out: Path, options: argparse.Namespace) -> list[str]:
    """Return the command line of one benchmark."""
    command = [sys.executable, "-m", f"bench.{name}", "--json", str(out)]
    if options.quick:
        command += QUICK.get(name, ["--quick"])
    if options.peer_python and name in WITH_PEERS:
        command += ["--peer-python", options.peer_python]
    return command


def result_path(folder: Path, described: dict[str, Any]) -> Path:
    """Return FOLDER/<date>-<processor>-<cores>-cores.json."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", f"{described['processor']}-{described['cores']}-cores")
    return folder / f"{time.strftime('%Y-%m-%d')}-{words.strip('-').lower()}.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the benchmarks")
    parser.add_argument("--only", nargs="+", choices=SCRIPTS, help="run only these")
    parser.add_argument("--skip", nargs="+", choices=SCRIPTS, default=[], help="leave these out")
    parser.add_argument("--peer-python", help="an interpreter with torch, where this one lacks it")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="folder of the results")
    options = parser.parse_args()
    described = machine(("numpy", "jax", "jaxlib", "flax", "optax", "grain", "soundfile", "scipy"))
    results: dict[str, Any] = {}
    failed = []
    for name in options.only or SCRIPTS:
        if name in options.skip:
            continue
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "result.json")
            command = command_of(name, out, options)
            print(f"\n$ {' '.join(command[1:])}", flush=True)
            status = subprocess.run(command, cwd=HERE.parent, check=False).returncode
            if out.exists():
                results[name] = json.loads(out.read_text())
            if status != 0 or not out.exists():
                failed.append(f"{name}: status {status}")
    document = {"machine": described, "quick": options.quick, "results": results, "failed": failed}
    path = result_path(options.out, described)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")

    print(f"\n{described['processor']}, {described['cores']} cores, load {described['load']}")
    for name, result in results.items():
        # Rows without a median are not times; their benchmark has printed them in its own table.
        rows = [Row(**row) for row in result.get("rows", []) if "median" in row]
        per = result.get("clips") or result.get("utterances_per_call") or 1
        if rows:
            print()
            print_table(name, rows, per=per, unit=UNITS.get(name, "ms"))  # type: ignore[arg-type]
    for text in failed:
        print(f"failed: {text}")
    print(f"\nwritten: {path}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
