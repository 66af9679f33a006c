"""How fast is `spoofjax train` as a whole, and how soon does it begin? Cold and warm caches."""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from bench.accelerator.session import Session, section
from bench.timing import summarise

NEEDED = ("orbax", "grain", "soundfile", "tyro")
LOG_EVERY = 10


class Run(NamedTuple):
    """What a run took."""

    start: float
    """Seconds from the command to its first line of history, after LOG_EVERY steps."""
    end: float
    """Seconds from the last step to the end of the process."""
    rates: list[float]
    """Utterances per second of the lines after the first."""
    wait: float
    """Largest share of the time in which the device waited, of these lines."""


def whole_runs(session: Session) -> None:
    """Train CNN-LSTM on packed audio twice, with features on the device and on the host."""
    section("whole runs of `spoofjax train`, CNN-LSTM on packed npy shards")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        session.skip("whole runs", f"{', '.join(missing)} not installed")
        return
    from bench import corpus

    folder = corpus.corpus(24 if session.quick else 1_024, 24 if session.quick else 1_000)
    packed = corpus.packed(folder, "npy")
    batch, steps = (8, 2 * LOG_EVERY) if session.quick else (256, 400)
    with tempfile.TemporaryDirectory() as scratch:
        for place, caches in (("device", ("cold", "warm")), ("host", ("warm",))):
            for cache in caches:
                label = f"CNN-LSTM, batch {batch}, features on the {place}, {cache} cache"
                if session.has_time(label, 60):
                    out = Path(scratch, f"{place}-{cache}")
                    note(session, label, trained(packed, Path(scratch), out, place, batch, steps))


def note(session: Session, label: str, run: Run) -> None:
    """Record one run."""
    row = summarise(f"first {LOG_EVERY} steps: {label}", [run.start], "wall")
    session.rows.append(row)
    row = summarise(f"from the last step to the end: {label}", [run.end], "wall")
    row.notes = {"clips/s": round(statistics.median(run.rates)), "waits": f"{run.wait:.1%}"}
    session.rows.append(row)
    session.save()
    print(
        f"  {label}: {run.start:.1f} s to step {LOG_EVERY}, {row.notes['clips/s']:,} clips/s, "
        f"waits {row.notes['waits']}, {run.end:.1f} s from the last step to the end"
    )


def trained(packed: Path, scratch: Path, out: Path, place: str, batch: int, steps: int) -> Run:
    """Run the command to its end. Raises SystemExit with its error output if it fails."""
    from bench.end_to_end import CONFIG

    config = scratch / "cnn_lstm.py"
    config.write_text(CONFIG.replace("epochs=10", f"steps={steps}"))
    options: dict[str, Any] = {
        "--data.root": packed, "--out": out, "--batch": batch,
        "--log-every": LOG_EVERY, "--loading.features": place, "--evaluation.batch": batch,
    }  # fmt: skip
    words = [str(word) for pair in options.items() for word in pair]
    command = [sys.executable, "-m", "spoofjax.cli", "train", str(config), *words]
    environment = os.environ | {"SPOOFJAX_CACHE": str(scratch / "cache")}
    began = time.time()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    ended = time.time()
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    history = out / "metrics.jsonl"
    rows = [json.loads(line) for line in history.read_text().splitlines()]
    lines = [row for row in rows if "loss" in row]
    # The file was written to last when its last row was measured.
    last_step = history.stat().st_mtime - (rows[-1]["seconds"] - lines[-1]["seconds"])
    return Run(
        start=last_step - began - (lines[-1]["seconds"] - lines[0]["seconds"]),
        end=ended - last_step,
        rates=[line["utterances_per_second"] for line in lines[1:]],
        wait=max(line["wait_share"] for line in lines[1:]),
    )
