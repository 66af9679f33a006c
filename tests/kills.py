"""Kill a run repeatedly, resume it each time, and compare it with an uninterrupted one.

`python tests/kills.py 100` makes a tiny corpus of its own and prints the counts.
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
class Counts:
    """Counts of kills and of the runs that finished in spite of them."""

    kills: int = 0
    while_saving: int = 0
    """Kills that left an incomplete checkpoint."""
    while_starting: int = 0
    """Kills before the first step after a start."""
    finished: int = 0
    """Runs that reached their last step."""


def kill_often(config: Path, out: Path, kills: int, steps: int = 120, seed: int = 1) -> Counts:
    """Kill runs `kills` times at random moments; each must end like an uninterrupted one.

    Raises AssertionError if a resume fails or one bit of the final weights differs.
    """
    dice = random.Random(seed)
    arguments = (config, "--steps", steps, "--evaluation.every", steps // 5, "--quiet")
    uninterrupted = out / "uninterrupted"
    started_runs.train(*arguments, "--out", uninterrupted)
    counts = Counts()
    while counts.kills < kills:
        folder = out / f"killed-{counts.finished + 1}"
        while counts.kills < kills and _kill_once(arguments, folder, dice, counts):
            pass
        started_runs.train(*arguments, *BUSY, "--out", folder, "--resume")
        counts.finished += 1
        assert started_runs.identical(folder, uninterrupted), f"{folder} differs"
        assert (started_runs.losses(folder) == started_runs.losses(uninterrupted)).all()
        assert not (folder / "checkpoints" / "damaged").exists()
    return counts


def _kill_once(arguments: tuple, folder: Path, dice: random.Random, counts: Counts) -> bool:
    """Start or resume, then kill at a random moment; return False if the run ended before."""
    before = last_step(folder)
    process = started_runs.start(*arguments, *BUSY, "--out", folder, "--resume")
    if dice.random() < 0.2:
        ended = wait(process, dice.uniform(0, 4))  # during imports, restoring or compilation
    else:
        while process.poll() is None and last_step(folder) <= before:
            time.sleep(0.01)
        ended = wait(process, dice.uniform(0, 1))
    process.kill()
    output = process.communicate()[0]
    if ended:
        assert process.returncode == 0, output
        return False
    counts.kills += 1
    counts.while_saving += any((folder / "checkpoints").glob("*/*tmp*"))
    counts.while_starting += last_step(folder) <= before
    print(counts, "at step", last_step(folder), flush=True)
    return True


def wait(process: subprocess.Popen, seconds: float) -> bool:
    """Wait at most `seconds` for a process; return whether it ended."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def last_step(folder: Path) -> int:
    """The last step in the history of a run; 0 where there is none."""
    return max((row["step"] for row in started_runs.rows(folder)), default=0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    import tiny

    with tempfile.TemporaryDirectory() as folder:
        corpus = tiny.make_corpus(Path(folder) / "corpus")
        start = time.monotonic()
        config = tiny.write_config(corpus / "tiny.py", corpus)
        result = kill_often(config, Path(folder), int(sys.argv[1]), steps=300)
        print(f"{result}, in {time.monotonic() - start:.0f} s: all runs ended with the same bits")
