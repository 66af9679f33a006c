"""The device, the clock and the figures of one run of the accelerator benchmarks."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax

from bench.timing import Row, summarise, write_json

SECONDS_PER_ROW = 3
"""Repeats stop after this time, but not before the second."""


@dataclass
class Session:
    """What the sections share: the device, the sizes, the deadline and the figures so far."""

    quick: bool
    deadline: float
    path: Path
    """File of the figures. It is rewritten after each, so that a run that is cut off loses none."""
    rows: list[Row] = field(default_factory=list)
    checks: dict[str, float] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    device: Any = field(default_factory=lambda: jax.devices()[0])
    matrix_rate: dict[str, float] = field(default_factory=dict)
    """Measured FLOP/s of a large matrix product, by dtype."""
    copy_rate: float = 0.0
    """Measured bytes/s, read and written, of a large copy."""

    @property
    def is_cpu(self) -> bool:
        return self.device.platform == "cpu"

    def has_time(self, what: str, seconds: float) -> bool:
        """Return whether `seconds` are left; if not, list `what` as not measured."""
        if time.monotonic() + seconds <= self.deadline:
            return True
        self.skip(what, "out of time")
        return False

    def has_extension(self, module: str, what: str) -> bool:
        """Return whether a C extension is built; if not, list `what` as not measured."""
        if importlib.util.find_spec(module) is not None:
            return True
        self.skip(what, "the C extensions are not built")
        return False

    def skip(self, what: str, reason: str) -> None:
        """List `what` as not measured, once."""
        line = f"{what}: not measured ({reason})"
        if line not in self.skipped:
            self.skipped.append(line)

    def note(self, name: str, value: Any) -> None:
        """Record and print a number that is not a time."""
        self.checks[name] = float(value)
        print(f"  {name:58} {value:.2e}")

    def timed(self, name: str, call: Callable[[], Any], per: float = 1, **notes: Any) -> Row:
        """Time `call` and wait for its result; return the row, in seconds divided by `per`."""
        jax.block_until_ready(call())
        repeats, seconds, began = (2 if self.quick else 20), [], time.monotonic()
        while len(seconds) < repeats and (
            len(seconds) < 2 or time.monotonic() - began < SECONDS_PER_ROW
        ):
            start = time.perf_counter()
            jax.block_until_ready(call())
            seconds.append((time.perf_counter() - start) / per)
        row = summarise(name, seconds, "wall")
        row.notes = notes
        self.rows.append(row)
        self.save()
        print(f"  {name:58} {row.median * 1e3:10.3f} ms  (least {row.minimum * 1e3:.3f})")
        return row

    def save(self) -> None:
        """Write the figures so far."""
        write_json(
            self.path, "accelerator", self.rows, packages=("jax", "flax", "optax"),
            device=str(self.device.device_kind), platform=self.device.platform,
            checks=self.checks, not_measured=self.skipped,
        )  # fmt: skip


def section(title: str) -> None:
    """Print the heading of a section."""
    print(f"\n== {title}")
