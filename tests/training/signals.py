"""Send runs Ctrl-C or SIGTERM at random moments, resume them, and compare with undisturbed ones.

`python tests/training/signals.py 40` sends 40 of each to runs on a tiny corpus of its own.
"""

from __future__ import annotations

import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import started_runs
import tiny
from kills import last_step, wait

SAVING = ("--checkpoints.every", 3)
"""A checkpoint after every third step, so that many signals fall into the writing of one."""
STATUSES = {signal.SIGINT: 130, signal.SIGTERM: 75}
BEFORE_PYTHON = {signal.SIGINT: -signal.SIGINT, signal.SIGTERM: -signal.SIGTERM}
"""Until the command's first line, the signal ends Python itself; a shell shows 130 and 143."""


def signal_often(config: Path, out: Path, each: int, steps: int = 80, seed: int = 1) -> Counter:
    """Send both signals `each` times; count the statuses, and the signals while saving.

    Raises AssertionError if a status is not documented, if a process does not end within two
    minutes or if one bit of a resumed run differs.
    """
    dice = random.Random(seed)
    arguments = (config, "--steps", steps, "--evaluation.every", steps // 4, *SAVING)
    uninterrupted = out / "uninterrupted"
    _train(*arguments, "--out", uninterrupted)
    numbers = [number for number in STATUSES for _ in range(each)]
    dice.shuffle(numbers)
    counts: Counter = Counter()
    while numbers:
        folder = out / f"signalled-{counts['finished'] + 1}"
        while numbers and _signal_once(arguments, folder, numbers[-1], dice, counts):
            numbers.pop()
        _train(*arguments, "--out", folder, "--resume")
        counts["finished"] += 1
        assert started_runs.identical(folder, uninterrupted), f"{folder} differs"
        assert (started_runs.losses(folder) == started_runs.losses(uninterrupted)).all()
        assert not (folder / "checkpoints" / "damaged").exists()
    return counts


def _train(*arguments: object) -> None:
    """Train to the end; on a busy machine that takes minutes."""
    [(status, output)] = started_runs.finish(started_runs.start(*arguments), limit=600)
    assert status == 0, output


def _signal_once(
    arguments: tuple, folder: Path, number: signal.Signals, dice: random.Random, counts: Counter
) -> bool:
    """Start or resume, send the signal at a random moment; return False if the run ended before."""
    before = last_step(folder)
    process = started_runs.start(*arguments, "--out", folder, "--resume")
    if dice.random() < 0.3:
        ended = wait(process, dice.uniform(0, 4))  # during imports, restoring or compilation
    else:
        while process.poll() is None and last_step(folder) <= before:
            time.sleep(0.005)
        ended = wait(process, dice.uniform(0, 0.5))
    is_early, is_saving = False, False
    if not ended:
        is_early = not _catches_signals(process.pid)
        is_saving = any((folder / "checkpoints").glob("*/*tmp*"))
        process.send_signal(number)
    output = process.communicate(timeout=120)[0]
    if process.returncode == 0:
        return False  # it had ended, or was about to
    allowed = {STATUSES[number]} | ({BEFORE_PYTHON[number]} if is_early else set())
    assert process.returncode in allowed, f"{number.name}: {process.returncode}\n{output}"
    counts[f"{number.name} {process.returncode}"] += 1
    counts["while saving"] += is_saving
    print(dict(counts), "at step", last_step(folder), flush=True)
    return True


def _catches_signals(pid: int) -> bool:
    """Whether a process handles SIGTERM, which Python by itself does not: its command has begun."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(re.search(r"^SigCgt:\s*(\w+)", status, re.MULTILINE)[1], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        corpus = tiny.make_corpus(Path(folder) / "corpus")
        config = tiny.write_config(corpus / "tiny.py", corpus)
        start = time.monotonic()
        result = signal_often(config, Path(folder), int(sys.argv[1]))
        print(f"{dict(result)}, in {time.monotonic() - start:.0f} s: all runs end with equal bits")
