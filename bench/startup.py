"""How long does it take from the command to the end of step 1? A new process each time.

    python -m bench.startup [--quick] [--corpus DIR] [--repeats 7] [--peer-python PYTHON]
                            [--json FILE]

CNN-LSTM at batch 64 on packed audio: `spoofjax train` until metrics.jsonl records step 1, with a
warm compilation cache and with an empty one, and the PyTorch script until its first step is done.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench import corpus as corpora
from bench.end_to_end import CONFIG
from bench.peers.job import write_job
from bench.peers.process import HERE, find_python, version
from bench.timing import print_table, summarise, write_json
from spoofjax.features import LFCC

OURS = "spoofjax, warm cache"
LIMIT = 600.0


def until(done: Callable[[], bool], command: list[str], environment: dict[str, str]) -> float:
    """Start a process; return the seconds until `done()`. Raises SystemExit if it ends before."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        while not done():
            if process.poll() is not None or time.perf_counter() - began > LIMIT:
                assert process.stderr is not None
                errors = process.stderr.read().decode()[-2000:]
                raise SystemExit(f"{' '.join(command)} ended without a first step:\n{errors}")
            time.sleep(0.002)
        return time.perf_counter() - began
    finally:
        process.kill()
        process.communicate()


def ours(root: Path, cache: Path | None, devices: int) -> float:
    """Return the seconds to step 1 of a run; `cache` None stands for an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        config, out = Path(folder, "cnn_lstm.py"), Path(folder, "run")
        config.write_text(CONFIG)
        command = [
            sys.executable, "-m", "spoofjax.cli", "train", str(config), "--quiet",
            "--data.root", str(root), "--out", str(out), "--log-every", "1",
        ]  # fmt: skip
        metrics = out / "metrics.jsonl"
        return until(
            lambda: metrics.is_file() and b"\n" in metrics.read_bytes(),
            command,
            {
                "SPOOFJAX_CACHE": str(cache or Path(folder, "cache")),
                "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
            },
        )


def theirs(python: str, jobs: list[Path]) -> float:
    """Return the seconds to step 1 of the PyTorch script."""
    with tempfile.TemporaryDirectory() as folder:
        mark = Path(folder, "first")
        command = [
            python, str(HERE / "torch_training.py"), *map(str, jobs), "packed",
            "--out", f"{folder}/model.pt", "--mark", str(mark),
        ]  # fmt: skip
        return until(mark.exists, command, {})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="300 utterances, 2 rounds")
    parser.add_argument("--corpus", type=Path, help="ASVspoof 5 layout; default: a generated one")
    parser.add_argument("--utterances", type=int, default=2000, help="of the generated corpus")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--devices", type=int, default=1,
                        help="host devices for spoofjax; one device uses all cores")  # fmt: skip
    parser.add_argument("--peer-python", help="an interpreter with torch, if this one has none")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if options.quick:
        options.utterances, options.repeats = 300, 2
    folder = corpora.corpus(options.utterances, given=options.corpus)
    npy = corpora.packed(folder, "npy")
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch, "cache")
        contenders = {
            OURS: lambda: ours(npy, cache, options.devices),
            "spoofjax, empty cache": lambda: ours(npy, None, options.devices),
        }
        python = find_python(options.peer_python, "torch, soundfile")
        if python is None:
            print("left out: torch is not installed (pip install torch==2.13.0)")
        else:
            jobs = [
                write_job(Path(scratch, f"{split}.npz"), folder, npy, split, LFCC())
                for split in ("train", "dev")
            ]
            contenders[f"torch {version(python, 'torch')}"] = lambda: theirs(python, jobs)
        for run in contenders.values():
            run()  # fills our cache, and the page cache for both
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(options.repeats):
            for name, run in contenders.items():
                seconds[name].append(run())
    rows = [summarise(name, times, "wall") for name, times in seconds.items()]
    print_table("command to the end of step 1", rows, unit="s", reference=OURS)
    if options.json:
        packages = ("jax", "flax", "optax", "orbax-checkpoint", "grain")
        write_json(options.json, "startup", rows, packages=packages, devices=options.devices)


if __name__ == "__main__":
    main()
