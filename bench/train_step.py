"""How fast are a training step and a forward pass? The same network in several frameworks.

    python -m bench.train_step [--quick] [--models cnn cnn_lstm lstm] [--repeats 15]
                               [--torch-python PYTHON] [--keras-python PYTHON] [--json FILE]

Networks of bench/peers/step_models.py, input (64, 400, 60), Adam, dropout 0.3, the same weights and
batch. Each contender is a process, and they take turns, step by step. Before that, the scores of
the initial weights and the losses of three steps without dropout are compared. "as installed"
leaves the allocator alone; "kept" sets it as spoofjax's trainer does (cluster/allocator.py). Our
step is the trainer's own, with padding masks, gradient norm and non-finite check; "split" divides
the batch between two host devices. Figures are elapsed time, and each may use all cores.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.peers.process import PeerProcess, find_python, version
from bench.peers.step_models import DROPOUT, MODELS
from bench.timing import Row, print_table, summarise, write_json

OURS = "spoofjax, kept"
SHAPE = (64, 400, 60)
TOLERANCE = 2e-3
TASKS = ("step", "forward")


def write_job(path: Path) -> Path:
    """Write one batch and the initial weights of all models; return `path`."""
    from flax import nnx

    from bench.peers.jax_networks import configuration
    from spoofjax.models.arrays import flatten

    draw = np.random.default_rng(0)
    arrays = {
        "features": draw.normal(size=SHAPE).astype(np.float32),
        "labels": draw.integers(0, 2, SHAPE[0]),
    }
    for model in MODELS:
        module = configuration(model, DROPOUT).build(SHAPE[2], nnx.Rngs(0))
        for name, leaf in flatten(nnx.state(module, nnx.Param)).items():
            arrays[f"{model}:{name}"] = np.asarray(leaf)
    np.savez(path, **arrays)
    return path


def start(job: Path, torch: str | None, keras: str | None, quick: bool) -> dict[str, PeerProcess]:
    """Start a process for each contender that is installed."""
    peers = {
        OURS: PeerProcess(sys.executable, "jax_models.py", job, 1, "keep"),
        "spoofjax, split, kept": PeerProcess(sys.executable, "jax_models.py", job, 2, "keep"),
    }
    if torch:
        name = f"torch {version(torch, 'torch')}"
        for mode, allocator in (("eager", "-"), ("eager", "keep"), ("compile", "-")):
            if not (quick and mode == "compile"):
                label = f"{name} {mode}, {'kept' if allocator == 'keep' else 'as installed'}"
                peers[label] = PeerProcess(torch, "torch_models.py", job, mode, allocator)
    if keras:
        label = f"Keras {version(keras, 'keras')} on TensorFlow, as installed"
        peers[label] = PeerProcess(keras, "keras_models.py", job, "-")
    return peers


def check(model: str, peers: dict[str, PeerProcess]) -> float:
    """Return the largest relative difference; raises SystemExit if it is above TOLERANCE."""
    answers = {name: peer.ask(f"{model} check") for name, peer in peers.items()}
    expected = answers[OURS]
    worst = 0.0
    for name, answer in answers.items():
        for kind in ("scores", "losses"):
            ours, theirs = np.array(expected[kind]), np.array(answer[kind])
            difference = float(np.max(np.abs(theirs - ours)) / np.max(np.abs(ours)))
            if not difference <= TOLERANCE:
                raise SystemExit(f"{model}: {kind} of {name} differ by {difference:.2g}.")
            worst = max(worst, difference)
    return worst


def measure(model: str, task: str, peers: dict[str, PeerProcess], repeats: int) -> list[Row]:
    """Let all peers do `task` in turn, for two rounds of warm-up and `repeats` timed ones."""
    names = list(peers)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for round_ in range(repeats + 2):
        first = round_ % len(names)
        for name in names[first:] + names[:first]:
            answer = peers[name].ask(f"{model} {task}")
            if round_ >= 2:
                seconds[name].append(answer["wall"])
    rows = [summarise(name, times, "wall") for name, times in seconds.items()]
    base = rows[0]
    for row in rows:
        row.notes = {
            "against": f"x{row.median / base.median:.2f} by medians, "
            f"x{row.minimum / base.minimum:.2f} by minima"
        }
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="5 rounds, without torch.compile")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--torch-python", help="an interpreter with torch, if this one has none")
    parser.add_argument("--keras-python", help="an interpreter with keras and tensorflow")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if options.quick:
        options.repeats = 5
    torch = find_python(options.torch_python, "torch")
    keras = find_python(options.keras_python, "keras, tensorflow")
    for name, python in (("torch==2.13.0", torch), ("keras and tensorflow-cpu", keras)):
        if python is None:
            print(f"left out: {name} is not installed")
    results: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        peers = start(write_job(Path(folder, "job.npz")), torch, keras, options.quick)
        for model in options.models:
            print(f"\n{model}: scores and losses agree to {check(model, peers):.1e} (relative)")
            for task in TASKS:
                rows = measure(model, task, peers, options.repeats)
                print_table(f"{model} {task}", rows, unit="ms")
                for row in rows:
                    row.name = f"{model} {task}: {row.name}"
                results += rows
        for peer in peers.values():
            peer.close()
    if options.json:
        write_json(
            options.json, "training step", results, packages=("jax", "flax", "optax"),
            input=SHAPE, clock="wall", dropout=DROPOUT,
        )  # fmt: skip


if __name__ == "__main__":
    main()
