"""Starting the real `spoofjax train`, in one process or several, and reading its run folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

COMMAND = [sys.executable, "-m", "spoofjax.cli", "train"]


def environment(devices: int = 1) -> dict[str, str]:
    """The environment of a process that sees `devices` CPU devices."""
    flags = f"--xla_force_host_platform_device_count={devices}"
    return {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}


def start(
    *arguments: object, devices: int = 1, variables: dict[str, str] | None = None
) -> subprocess.Popen:
    """Start `spoofjax train`, with more environment `variables`; read its output at its end."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env={**environment(devices), **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def start_several(
    processes: int, *arguments: object, devices: int = 1, variables: dict[str, str] | None = None
) -> list[subprocess.Popen]:
    """Start `spoofjax train` in several processes that find each other by flags."""
    flags = ("--coordinator", f"127.0.0.1:{free_port()}", "--processes", processes)
    return [
        start(*arguments, *flags, "--process", process, devices=devices, variables=variables)
        for process in range(processes)
    ]


def finish(*processes: subprocess.Popen, limit: float = 120) -> list[tuple[int, str]]:
    """Wait for processes, at most `limit` seconds; return the status and output of each."""
    ends = time.monotonic() + limit
    try:
        outputs = [p.communicate(timeout=max(ends - time.monotonic(), 0.1))[0] for p in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
    return [(p.returncode, text) for p, text in zip(processes, outputs, strict=True)]


def train(*arguments: object, devices: int = 1, status: int = 0) -> str:
    """Run `spoofjax train` to its end, which must have this status; return its output."""
    # On a busy machine this takes minutes.
    [(actual, output)] = finish(start(*arguments, devices=devices), limit=600)
    assert actual == status, output
    return output


def train_together(processes: int, *arguments: object, devices: int = 1, status: int = 0) -> str:
    """Run `spoofjax train` in several processes to their end; return their output."""
    ended = finish(*start_several(processes, *arguments, devices=devices))
    output = "\n".join(text for _, text in ended)
    assert [actual for actual, _ in ended] == [status] * processes, output
    return output


def wait_for_step(folder: Path, step: int, *processes: subprocess.Popen, limit: float = 90) -> None:
    """Wait until metrics.jsonl has a line of that step or a later one."""
    ends = time.monotonic() + limit
    while time.monotonic() < ends:
        if any(p.poll() is not None for p in processes):
            raise AssertionError(f"ended early: {[p.communicate()[0] for p in processes]}")
        if max((row["step"] for row in rows(folder)), default=0) >= step:
            return
        time.sleep(0.005)
    raise AssertionError(f"no step {step} within {limit} s")


def wait_for_checkpoint(folder: Path, step: int, limit: float = 60) -> None:
    """Wait until the checkpoint of that step is complete; later steps run while it is written."""
    ends = time.monotonic() + limit
    while not (folder / "checkpoints" / "latest").is_dir() or step not in steps_of(folder):
        assert time.monotonic() < ends, f"no checkpoint of step {step} within {limit} s"
        time.sleep(0.02)


def interrupt(folder: Path, step: int, *processes: subprocess.Popen) -> list[tuple[int, str]]:
    """Send SIGTERM to the last of the processes after that step; wait for all of them."""
    wait_for_step(folder, step, *processes)
    processes[-1].send_signal(signal.SIGTERM)
    return finish(*processes)


def rows(folder: Path) -> list[dict]:
    """The complete lines of a run's metrics.jsonl."""
    path = folder / "metrics.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def losses(folder: Path) -> np.ndarray:
    """The loss of every step, in order; no step may be missing or appear twice."""
    by_step = {row["step"]: row["loss"] for row in rows(folder) if "loss" in row}
    assert list(by_step) == list(range(1, len(by_step) + 1))
    return np.array(list(by_step.values()))


def scores(folder: Path, split: str) -> np.ndarray:
    """The scores that a run wrote for a split."""
    [path] = (folder / "scores").glob(f"*.{split}.tsv")
    return np.array([float(line.split("\t")[1]) for line in path.read_text().splitlines()[1:]])


def weights(folder: Path) -> dict[str, np.ndarray]:
    """The weights of a finished run."""
    return load_file(folder / "weights.safetensors")


def identical(first: Path, second: Path) -> bool:
    """Whether two finished runs have the same weights, bit for bit."""
    one, other = weights(first), weights(second)
    return one.keys() == other.keys() and all(
        one[name].tobytes() == other[name].tobytes() for name in one
    )


def steps_of(folder: Path) -> list[int]:
    """Steps of the complete checkpoints that a run can resume from."""
    latest = folder / "checkpoints" / "latest"
    return sorted(int(path.name) for path in latest.iterdir() if path.name.isdigit())


def free_port() -> int:
    """A port that no process uses."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
