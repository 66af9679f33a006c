"""A peer that runs as a process of its own and answers round by round."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def find_python(wanted: str | None, module: str) -> str | None:
    """Return an interpreter that has `module`: the wanted one or this one; None if it lacks it."""
    python = wanted or sys.executable
    found = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
    return python if found.returncode == 0 else None


def version(python: str, module: str) -> str:
    """Return a module's __version__ under an interpreter."""
    code = f"import {module}; print({module}.__version__)"
    return subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


class PeerProcess:
    """Starts bench/peers/SCRIPT; `ask(line)` sends a line and returns the JSON it answers."""

    def __init__(self, python: str, script: str, *arguments: object):
        command = [python, str(HERE / script), *map(str, arguments)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line: object) -> Any:
        """Raises SystemExit where the peer has died; its own words are on stderr."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise SystemExit(f"The peer {process.args} ended with status {process.wait()}.")
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
