"""How long does a run take from the command to the end of its first step, and where does it go?"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.accelerator.session import Session, section
from bench.accelerator.whole_runs import NEEDED
from bench.timing import summarise

FIRST_STEP = "step 1 ended"
"""How the line begins that a run prints after its first step (training/start.py)."""


def starts(session: Session) -> None:
    """Start runs on packed audio, each with an empty compilation cache and then with a full one."""
    section("from the command to the end of step 1, packed npy shards")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        session.skip("starts", f"{', '.join(missing)} not installed")
        return
    from bench import corpus

    packed = corpus.packed(corpus.corpus(24, 24) if session.quick else corpus.corpus(1_024), "npy")
    batch = 8 if session.quick else 256
    with tempfile.TemporaryDirectory() as scratch:
        for model in ("CNNLSTM",) if session.quick else ("CNNLSTM", "CNN2D"):
            for cache in ("cold", "warm"):
                label = f"{model}, batch {batch}, {cache} cache"
                if session.has_time(f"start of {label}", 45):
                    seconds, parts = started(packed, Path(scratch), model, cache, batch)
                    row = summarise(f"to the end of step 1: {label}", [seconds], "wall")
                    row.notes = {"parts": parts}
                    session.rows.append(row)
                    session.save()
                    print(f"  {label}: {seconds:.1f} s from the command; {parts}")


def started(packed: Path, scratch: Path, model: str, cache: str, batch: int) -> tuple[float, str]:
    """Start a run and end it after step 1; return the seconds, and what the run says about them.

    Raises SystemExit with its output if it ends before that.
    """
    from bench.end_to_end import CONFIG

    config = scratch / "start.py"
    config.write_text(CONFIG.replace("epochs=10", "steps=1"))
    command = [
        *(sys.executable, "-m", "spoofjax.cli", "train", str(config), "--model", model),
        *("--data.root", str(packed), "--batch", str(batch)),
        *("--out", str(scratch / f"{model}-{cache}")),
    ]
    environment = os.environ | {"SPOOFJAX_CACHE": str(scratch / f"{model}-cache")}
    began, output = time.perf_counter(), ""
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            seconds, output = time.perf_counter() - began, output + line
            if line.startswith(FIRST_STEP):
                process.kill()
                return seconds, line.strip()
    raise SystemExit(f"{' '.join(command)} failed:\n{output[-2000:]}")
