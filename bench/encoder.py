"""How fast is a self-supervised encoder? Our XLS-R 300M beside torch and transformers with SDPA.

    python -m bench.encoder [--layers 24 12 5] [--tasks "step 2" "forward 8" "frozen 8"]
                            [--repeats 5] [--torch-python PYTHON] [--json FILE]

Random weights, clips of 64,600 samples, no dropout. "step" trains everything with AdamW, "forward"
computes the last frames with weights that could be trained, "frozen" with those of a frozen
encoder; torch's side computes both in inference mode. Each side is a process, and they take turns,
run by run. On a GPU the default tasks are steps of 32 and 64 clips and frozen frames of 64 in
bfloat16, of our encoder with each kind of rematerialisation. Figures are elapsed time; the file is
written after each task.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.peers.process import PeerProcess, find_python, version
from bench.timing import Row, print_table, summarise, write_json

ON_CPU = "step 2", "forward 8", "frozen 8"
ON_GPU = "step 32", "step 64", "frozen 64"


def start(layers: int, dtype: str, torch: str | None, remats: list[str]) -> dict[str, PeerProcess]:
    """Start a process for each contender that is installed."""
    peers = {
        f"spoofjax, remat {remat}": PeerProcess(
            sys.executable, "encoder_ours.py", layers, dtype, remat
        )
        for remat in remats
    }
    if torch:
        name = f"torch {version(torch, 'torch')}, transformers {version(torch, 'transformers')}"
        peers[name] = PeerProcess(torch, "encoder_torch.py", layers, dtype, "-")
    return peers


def measure(task: str, peers: dict[str, PeerProcess], repeats: int) -> list[Row]:
    """Let all peers do `task` in turn; the first round also compiles and is not counted."""
    first = {name: peer.ask(task) for name, peer in peers.items()}
    names = list(peers)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for round_ in range(repeats):
        begin = round_ % len(names)
        for name in names[begin:] + names[:begin]:
            seconds[name].append(peers[name].ask(task)["wall"])
    rows = [summarise(name, times, "wall") for name, times in seconds.items()]
    clips = int(task.split()[1])
    reference = rows[-1]
    for row in rows:
        answer = first[row.name]
        row.notes = {"clips/s": f"{clips / row.median:.2f} clips/s"}
        row.notes["against the last"] = f"x{reference.median / row.median:.2f} its rate"
        if "bytes" in answer:
            row.notes["GiB"] = f"{answer['bytes'] / 2**30:.1f} GiB"
        if "compile" in answer:
            row.notes["build and compile"] = f"{answer['compile']:.0f} s to build and compile"
    return rows


def main() -> None:
    import jax

    platform = jax.default_backend()
    is_gpu = platform in ("gpu", "cuda")
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--layers", nargs="+", type=int, default=[24, 12, 5] if is_gpu else [24])
    parser.add_argument("--tasks", nargs="+", default=ON_GPU if is_gpu else ON_CPU)
    parser.add_argument("--repeats", type=int, default=20 if is_gpu else 5)
    parser.add_argument("--dtype", default="bfloat16" if is_gpu else "float32")
    parser.add_argument("--torch-python", help="an interpreter with torch and transformers")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    torch = find_python(options.torch_python, "torch, transformers")
    if torch is None:
        print("left out: torch and transformers are not installed")
    remats = ["none", "dots", "layers"] if is_gpu else ["none"]
    results: list[Row] = []
    for layers in options.layers:
        peers = start(layers, options.dtype, torch, remats)
        for task in options.tasks:
            rows = measure(task, peers, options.repeats)
            print_table(f"{layers} layers, {task}", rows, unit="ms")
            for row in rows:
                row.name = f"{layers} layers, {task}: {row.name}"
            results += rows
            if options.json:
                write_json(
                    options.json, "encoder", results, packages=("jax", "flax", "optax"),
                    device=f"{platform}: {jax.devices()[0].device_kind}", dtype=options.dtype,
                )  # fmt: skip
        for peer in peers.values():
            peer.close()


if __name__ == "__main__":
    main()
