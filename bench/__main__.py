"""Run every benchmark, write bench/results/<date>-<machine>.json, and print the tables again.

    python -m bench [--quick] [--only NAME ...] [--skip NAME ...] [--peer-python PYTHON]

Each script runs in a process of its own, one after another; what fails is named and the others go
on. A script that is not there, or takes no --json, cannot be part of this.
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
    "protocol", "features", "augmentation", "metrics", "loader", "train_step", "startup",
    "scaling", "soak", "end_to_end",
)  # fmt: skip
QUICK = {"metrics": ["--trials", "50000", "--repeats", "3", "--exact", "0"]}
"""Scripts without a --quick of their own, and what stands for it."""
WITH_PEERS = ("loader", "startup", "end_to_end", "train_step")
UNITS = {"features": "us", "augmentation": "us", "loader": "us", "startup": "s", "end_to_end": "s"}


def command_of(name: str, out: Path, options: argparse.Namespace) -> list[str]:
    """Return the command line of one script."""
    command = [sys.executable, "-m", f"bench.{name}", "--json", str(out)]
    if options.quick:
        command += QUICK.get(name, ["--quick"])
    if options.peer_python and name in WITH_PEERS:
        command += ["--peer-python", options.peer_python]
    return command


def result_path(folder: Path, described: dict[str, Any]) -> Path:
    """Return bench/results/<date>-<machine>.json, the machine by processor and cores."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", f"{described['processor']}-{described['cores']}-cores")
    return folder / f"{time.strftime('%Y-%m-%d')}-{words.strip('-').lower()}.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes: to try the scripts")
    parser.add_argument("--only", nargs="+", choices=SCRIPTS, help="these alone")
    parser.add_argument("--skip", nargs="+", choices=SCRIPTS, default=[], help="not these")
    parser.add_argument("--peer-python", help="an interpreter with torch, where this one lacks it")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="folder of the results")
    options = parser.parse_args()
    described = machine(("numpy", "jax", "jaxlib", "flax", "optax", "grain", "soundfile", "scipy"))
    found: dict[str, Any] = {"machine": described, "quick": options.quick, "results": {}}
    failed = []
    for name in options.only or SCRIPTS:
        if name in options.skip:
            continue
        if not (HERE / f"{name}.py").exists():
            failed.append(f"{name}: there is no bench/{name}.py")
            continue
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "result.json")
            command = command_of(name, out, options)
            print(f"\n$ {' '.join(command[1:])}", flush=True)
            status = subprocess.run(command, cwd=HERE.parent, check=False).returncode
            if out.exists():
                found["results"][name] = json.loads(out.read_text())
            if status != 0 or not out.exists():
                failed.append(f"{name}: status {status}")
    found["failed"] = failed
    path = result_path(options.out, described)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")

    print(f"\n{described['processor']}, {described['cores']} cores, load {described['load']}")
    for name, result in found["results"].items():
        # Some scripts' rows are not times of contenders; they printed their own table.
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
