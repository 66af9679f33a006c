"""How long does a training take, from a corpus to a trained model? Ten epochs of CNN-LSTM.

    python -m bench.end_to_end [--quick] [--corpus DIR] [--utterances 2000] [--epochs 10]
                               [--repeats 3] [--peer-python PYTHON] [--json FILE]

Ours is `spoofjax train` on packed audio and on FLAC, with its checkpoint, its scores of dev and its
report. The compilation cache is empty each time, so compilation counts. Theirs is
bench/peers/torch_training.py, eager, over the same packed audio and over FLAC. Both train the same
network on balanced LFCC-60 clips of 64,600 samples at batch 64 and score dev once. In each round,
every process starts anew, in turn. The allocator is as each side sets it: spoofjax keeps freed
memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench import corpus as corpora
from bench.peers.job import SAMPLES, write_job
from bench.peers.process import HERE, find_python, version
from bench.timing import Row, interleave, print_table, write_json
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.features import LFCC

OURS = "spoofjax, packed npy"
CONFIG = f'''"""The CNN-LSTM of the benchmarks."""

from spoofjax.config import Clip, Evaluation, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.features import LFCC
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNNLSTM
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

config = Experiment(
    data=ASVspoof5(root="corpus"),
    front_end=LFCC(),
    model=CNNLSTM(batch_norm=False, pooling="last"),
    sampling=Balanced(),
    loss=BinaryCrossEntropy(),
    optimizer=Adam(learning_rate=1e-3, schedule="constant", warm_up=0, weight_decay=0.0),
    clip=Clip(train={SAMPLES}, evaluate={SAMPLES}),
    batch=64,
    epochs=10,
    evaluation=Evaluation(every=1_000_000),
    log_every=50,
)
'''


def ours(root: Path, epochs: int, devices: int) -> Callable[[], None]:
    """Return a call that trains from scratch in a new process."""

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder, "cnn_lstm.py")
            config.write_text(CONFIG)
            command = [
                sys.executable, "-m", "spoofjax.cli", "train", str(config), "--quiet",
                "--data.root", str(root), "--epochs", str(epochs), "--out", f"{folder}/run",
            ]  # fmt: skip
            flags = f"--xla_force_host_platform_device_count={devices}"
            environment = {"SPOOFJAX_CACHE": f"{folder}/cache", "XLA_FLAGS": flags}
            call(command, environment)

    return run


def theirs(python: str, jobs: list[Path], kind: str, epochs: int) -> Callable[[], None]:
    """Return a call that runs the PyTorch script."""

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [
                python, str(HERE / "torch_training.py"), *map(str, jobs), kind,
                "--epochs", str(epochs), "--out", f"{folder}/model.pt",
            ]  # fmt: skip
            call(command, {})

    return run


def call(command: list[str], environment: dict[str, str]) -> None:
    """Run a process to its end. Raises SystemExit with its error output if it fails."""
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="300 utterances, 2 epochs, 1 round")
    parser.add_argument("--corpus", type=Path, help="ASVspoof 5 layout; default: a generated one")
    parser.add_argument("--utterances", type=int, default=2000, help="of the generated corpus")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--devices", type=int, default=1,
                        help="host devices for spoofjax; one device uses all cores")  # fmt: skip
    parser.add_argument("--no-flac", action="store_true", help="packed audio only")
    parser.add_argument("--peer-python", help="an interpreter with torch, if this one has none")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if options.quick:
        options.utterances, options.epochs, options.repeats = 300, 2, 1
    folder = corpora.corpus(options.utterances, given=options.corpus)
    npy = corpora.packed(folder, "npy")
    manifest = ASVspoof5(root=str(npy)).manifest("train")
    assert manifest.samples is not None
    size = corpora.describe(manifest, manifest.samples)
    print(f"{size}; {options.epochs} epochs, {options.devices} host devices")

    contenders = {OURS: ours(npy, options.epochs, options.devices)}
    if not options.no_flac:
        contenders["spoofjax, FLAC"] = ours(folder, options.epochs, options.devices)
    with tempfile.TemporaryDirectory() as scratch:
        python = find_python(options.peer_python, "torch, soundfile")
        if python is None:
            print("left out: torch is not installed (pip install torch==2.13.0)")
        else:
            jobs = [
                write_job(Path(scratch, f"{split}.npz"), folder, npy, split, LFCC())
                for split in ("train", "dev")
            ]
            torch = f"torch {version(python, 'torch')}"
            contenders[f"{torch}, packed"] = theirs(python, jobs, "packed", options.epochs)
            if not options.no_flac:
                contenders[f"{torch}, FLAC"] = theirs(python, jobs, "flac", options.epochs)
        rows: list[Row] = interleave(contenders, options.repeats, "wall", warm_up=0)
    print_table(f"{options.epochs} epochs, whole process", rows, unit="s", reference=OURS)
    base = rows[0]
    for row in rows[1:]:
        ratio = row.median / base.median, row.minimum / base.minimum
        print(f"{row.name} / {OURS}: {ratio[0]:.2f} by medians, {ratio[1]:.2f} by minima")
    if options.json:
        write_json(
            options.json, "end to end", rows, packages=("jax", "flax", "grain", "soundfile"),
            corpus=size, epochs=options.epochs, devices=options.devices,
        )  # fmt: skip


if __name__ == "__main__":
    main()
