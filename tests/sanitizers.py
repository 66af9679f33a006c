"""Run a harness of csrc/ under AddressSanitizer and UndefinedBehaviorSanitizer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# Line numbers alone: to trace variables through the generated transforms takes minutes.
FLAGS = "-g1 -O1 -std=c11 -pthread -fno-math-errno -fsanitize=address,undefined"


def random_cases(repository: Path, room: str, harness: str, folder: Path, *arguments: str) -> int:
    """Return how many random cases a harness has run without an error.

    `room` is the folder of csrc/ whose sources it calls, `harness` its path below tests/, and
    `folder` is where the program goes; `arguments` are those of the harness, such as its seconds.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    program, csrc = folder / "fuzz", repository / "csrc"
    sources = [path for name in (room, "base") for path in sorted((csrc / name).glob("*.c"))]
    command = [compiler, *FLAGS.split(), "-fno-sanitize-recover=all"]
    command += [f"-I{place}" for place in (csrc, repository / "tests")]
    command += [repository / "tests" / harness, *sources, "-o", program, "-lm"]
    build = subprocess.run(command, capture_output=True, text=True)
    if build.returncode and "cannot find" in build.stderr:
        pytest.skip("the compiler has no sanitizer libraries")
    assert build.returncode == 0, build.stderr
    run = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return int(run.stdout.split()[0])
