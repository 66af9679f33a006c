"""Interleaved measurements, their medians and minima, and the machine they were made on.

rows = interleave({"ours": ours, "theirs": theirs}, repeats=20)
print_table("features", rows, per=64, unit="us", reference="ours")
write_json("features.json", "features", rows)
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6}


@dataclass
class Row:
    """One contender's times in seconds per call."""

    name: str
    median: float
    minimum: float
    repeats: int
    clock: str
    notes: dict[str, Any] = field(default_factory=dict)


def interleave(
    contenders: Mapping[str, Callable[[], Any]],
    repeats: int,
    clock: Literal["cpu", "wall"] = "cpu",
    warm_up: int = 1,
) -> list[Row]:
    """Call all contenders in turn, `repeats` rounds, and return a row for each.

    'cpu' is the CPU time of all threads of the process, which suits work on one thread on a shared
    machine; 'wall' is elapsed time. Each round begins with another contender.
    """
    now = time.process_time if clock == "cpu" else time.perf_counter
    names = list(contenders)
    for name in names:
        for _ in range(warm_up):
            contenders[name]()
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for round_ in range(repeats):
        start = round_ % len(names) if names else 0
        for name in names[start:] + names[:start]:
            begin = now()
            contenders[name]()
            seconds[name].append(now() - begin)
    return [summarise(name, times, clock) for name, times in seconds.items()]


def summarise(name: str, seconds: Sequence[float], clock: str) -> Row:
    """Return the row of one contender's times."""
    return Row(name, statistics.median(seconds), min(seconds), len(seconds), clock)


def machine(packages: Iterable[str] = ("numpy",)) -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, load, system, Python and packages."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    versions = {}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "processor": model,
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": versions,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def print_table(
    title: str,
    rows: Sequence[Row],
    *,
    per: float = 1,
    unit: Literal["s", "ms", "us"] = "us",
    reference: str | None = None,
) -> None:
    """Print medians and minima divided by `per`, and each median as a multiple of `reference`'s."""
    base = next((row.median for row in rows if row.name == reference), None)
    width = max([len(row.name) for row in rows] + [len(title)])
    print(f"{title:{width}}  {'median':>10}  {'minimum':>10}  {'times':>7}  ({unit})")
    for row in rows:
        times = f"{row.median / base:7.2f}" if base else f"{'':7}"
        scale = UNITS[unit] / per
        notes = "  ".join(str(note) for note in row.notes.values())
        print(
            f"{row.name:{width}}  {row.median * scale:10.1f}  {row.minimum * scale:10.1f}  "
            f"{times}  {notes}".rstrip()
        )


def write_json(
    path: str | Path, title: str, rows: Sequence[Row], *, packages: Iterable[str] = (), **extra: Any
) -> None:
    """Write the rows, the machine and `extra` as one JSON object."""
    document = {
        "title": title,
        "machine": machine(("numpy", *packages)),
        **extra,
        "rows": [asdict(row) for row in rows],
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")
