"""A peer that runs in another process and answers one request at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def find_python(python: str | None, module: str) -> str | None:
    """Return `python`, by default this interpreter, if it can import `module`; otherwise None."""
    python = python or sys.executable
    result = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
    return python if result.returncode == 0 else None


def version(python: str, module: str) -> str:
    """Return the __version__ of a module in an interpreter."""
    code = f"import {module}; print({module}.__version__)"
    return subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


class PeerProcess:
    """A running script of bench/peers."""

    def __init__(self, python: str, script: str, *arguments: object):
        command = [python, str(HERE / script), *map(str, arguments)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line: object) -> Any:
        """Send a line and return the answer. Raises SystemExit if the peer has ended."""
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
