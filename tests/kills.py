"""Kill a training again and again, resume it each time, and compare it with an undisturbed one.

`python tests/training/kills.py 100` makes its own tiny corpus and prints what it found.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import started_runs

BUSY = ("--checkpoints.every", 1)
"""A checkpoint after every step, so that many kills fall into the writing of one."""


@dataclass
class Found:
    """What became of a training that was killed so often."""

    kills: int = 0
    while_saving: int = 0
    """Kills that left a checkpoint half written."""
    while_starting: int = 0
    """Kills before the first step of that life."""
    finished: int = 0
    """Trainings that came to their end in spite of the kills."""


def kill_often(config: Path, out: Path, kills: int, steps: int = 120, seed: int = 1) -> Found:
    """Kill trainings at random moments so many times; each must end like the undisturbed one.

    Raises AssertionError where a resume fails or the final weights differ in one bit.
    """
    dice = random.Random(seed)
    arguments = (config, "--steps", steps, "--evaluation.every", steps // 5, "--quiet")
    calm = out / "calm"
    started_runs.train(*arguments, "--out", calm)
    found = Found()
    while found.kills < kills:
        folder = out / f"killed-{found.finished + 1}"
        while found.kills < kills and _kill_once(arguments, folder, dice, found):
            pass
        started_runs.train(*arguments, *BUSY, "--out", folder, "--resume")
        found.finished += 1
        assert started_runs.identical(folder, calm), f"{folder} differs from {calm}"
        assert (started_runs.losses(folder) == started_runs.losses(calm)).all()
        assert not (folder / "checkpoints" / "damaged").exists()
    return found


def _kill_once(arguments: tuple, folder: Path, dice: random.Random, found: Found) -> bool:
    """Start or resume, kill at a random moment; return false where the training was faster."""
    before = _last_step(folder)
    process = started_runs.start(*arguments, *BUSY, "--out", folder, "--resume")
    if dice.random() < 0.2:
        ended = _wait(process, dice.uniform(0, 4))  # anywhere: imports, restoring, compiling
    else:
        while process.poll() is None and _last_step(folder) <= before:
            time.sleep(0.01)
        ended = _wait(process, dice.uniform(0, 1))
    process.kill()
    said = process.communicate()[0]
    if ended:
        assert process.returncode == 0, said
        return False
    found.kills += 1
    found.while_saving += any((folder / "checkpoints").glob("*/*tmp*"))
    found.while_starting += _last_step(folder) <= before
    print(found, "at step", _last_step(folder), flush=True)
    return True


def _wait(process: subprocess.Popen, seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _last_step(folder: Path) -> int:
    return max((row["step"] for row in started_runs.rows(folder)), default=0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    import tiny

    with tempfile.TemporaryDirectory() as place:
        made = tiny.make_corpus(Path(place) / "corpus")
        start = time.monotonic()
        written = tiny.write_config(made / "tiny.py", made)
        result = kill_often(written, Path(place), int(sys.argv[1]), steps=300)
        print(f"{result}, in {time.monotonic() - start:.0f} s: every end was bit-identical")
