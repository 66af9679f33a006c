"""How many files a second does `spoofjax score` judge? Beside a torch loop over the same files.

    python -m bench.scoring [--quick] [--corpus DIR] [--utterances 2000] [--repeats 3]
                            [--peer-python PYTHON] [--json FILE]

Both sides score the first 64,600 samples of each utterance (`--pooling start`) with the same
CNN-LSTM on LFCC-60, which is checked first. `process` is the elapsed time of whole processes, from
their start to the file of scores: spoofjax on FLAC and on packed audio, alone and as two processes
with a --share each, and torch by a loop over files and in batches from a DataLoader with two
workers. `warm` is one pass in a process that has already started and compiled. Our last rows hear
all of each file in windows, which is more work than the others do. Rounds are interleaved.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np

from bench import corpus as corpora
from bench.end_to_end import CONFIG, call
from bench.peers.job import write_job
from bench.peers.process import HERE, PeerProcess, find_python, version
from bench.timing import Row, interleave, write_json
from spoofjax.config_files import load_config, to_json
from spoofjax.corpora.audio_files import find_audio
from spoofjax.corpora.packing.packed_sound import packed_recordings
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.scoring import score_files
from spoofjax.features import LFCC
from spoofjax.files import write_json as write_settings
from spoofjax.runs.folder import RunFolder

TORCH = {
    "FLAC, loop over files": ("flac", "loop"),
    "FLAC, DataLoader": ("flac", "batches"),
    "packed, DataLoader": ("packed", "batches"),
}
"""What torch's side reads, and how it scores it."""
TOLERANCE = 1e-3


def write_run(folder: Path) -> dict[str, np.ndarray]:
    """Write a detector with random weights; return them as torch's side reads them."""
    from flax import nnx

    from spoofjax.models.arrays import flatten
    from spoofjax.models.building import build_network
    from spoofjax.runs.weights import save_weights

    config = folder.with_name("scoring.py")
    config.write_text(CONFIG)
    experiment = load_config(config)
    network = build_network(experiment, nnx.Rngs(0))
    mean = np.linspace(-6.0, 0.0, experiment.front_end.coefficients, dtype=np.float32)
    network.set_statistics(mean, np.full_like(mean, 3.0))
    params, constants = (flatten(part) for part in nnx.split(network, nnx.Param, ...)[1:])
    run = RunFolder(folder)
    write_settings(run.config, to_json(experiment))
    decision = {"threshold": 0.0, "log_prior_odds": 0.0, "calibration": None}
    write_settings(run.decision, decision)
    save_weights(run.path, params, constants)
    weights = {name: np.asarray(value) for name, value in params.items()}
    return {**weights, "mean": mean, "deviation": np.full_like(mean, 3.0)}


def processes(run: Path, audio: Path, shares: int = 1) -> Callable[[], None]:
    """Return a call that scores a folder with so many processes at once."""

    def score() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [
                sys.executable, "-m", "spoofjax.cli", "score", str(run), str(audio),
                "--pooling", "start", "--quiet", "--out", f"{folder}/scores.csv",
            ]  # fmt: skip
            jobs = [
                subprocess.Popen(
                    [*command, "--share", f"{number}/{shares}"], stderr=subprocess.DEVNULL
                )
                for number in range(1, shares + 1)
            ]
            if any(job.wait() not in (0, 3) for job in jobs):
                raise SystemExit(f"{' '.join(command)} failed.")

    return score


def torch_process(python: str, arguments: list[str]) -> Callable[[], None]:
    """Return a call that runs the PyTorch script to its end."""

    def score() -> None:
        with tempfile.TemporaryDirectory() as folder:
            script = str(HERE / "torch_scoring.py")
            call([python, script, *arguments, "--out", f"{folder}/scores.tsv"], {})

    return score


def warm(detector: Detector, audio: Path, is_packed: bool, pooling: str) -> list[float | None]:
    """Return the scores of all utterances, by the process that runs already."""
    rate = detector.experiment.front_end.rate
    sources = packed_recordings(audio, rate) if is_packed else find_audio([audio])
    return [row.score for row in score_files(detector, sources, pooling=pooling)]  # type: ignore[arg-type]


def check(ours: list[float | None], theirs: list[float]) -> float:
    """Return the largest difference of two sides' scores. Raises SystemExit if they are others."""
    difference = float(np.max(np.abs(np.array(ours, float) - np.array(theirs))))
    if not difference <= TOLERANCE:
        raise SystemExit(f"The scores of the two sides differ by {difference:.2g}.")
    return difference


def print_rates(title: str, rows: list[Row], files: int, reference: str) -> None:
    """Print files a second by median and by minimum, and how often `reference` fits into each."""
    base = next(row for row in rows if row.name == reference)
    print(f"\n{title:44}{'files/s':>9}{'best':>9}{'times':>8}")
    for row in rows:
        rates = f"{files / row.median:9.0f}{files / row.minimum:9.0f}"
        print(f"{row.name:44}{rates}{base.median / row.median:8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="300 utterances, 1 round")
    parser.add_argument("--corpus", type=Path, help="ASVspoof 5 layout; default: a generated one")
    parser.add_argument("--utterances", type=int, default=2000, help="of the generated corpus")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-python", help="an interpreter with torch, if this one has none")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if options.quick:
        options.utterances, options.repeats = 300, 1
    folder = corpora.corpus(options.utterances, given=options.corpus)
    npy = corpora.packed(folder, "npy")
    manifest = ASVspoof5(root=str(folder)).manifest("train")
    # The folder of the split alone, and its packed copy, hold the same utterances in one order.
    flac = Path(manifest.path(0)).parent
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        packed = _packed_train(manifest, scratch / "packed")
        weights = write_run(scratch / "run")
        np.savez(scratch / "weights.npz", **weights)  # type: ignore[arg-type]
        detector = Detector.load(scratch / "run")
        of = {"FLAC": flac, "packed": packed}
        cold: dict[str, Callable[[], object]] = {
            "spoofjax score, FLAC": processes(scratch / "run", flac),
            "spoofjax score, packed": processes(scratch / "run", packed),
            "spoofjax score, FLAC, two shares": processes(scratch / "run", flac, 2),
        }
        hot: dict[str, Callable[[], object]] = {
            f"spoofjax, {name}": lambda name=name: warm(
                detector, of[name], name == "packed", "start"
            )
            for name in of
        }
        python = find_python(options.peer_python, "torch, soundfile")
        if python is None:
            print("left out: torch is not installed (pip install torch==2.13.0)")
        else:
            torch = f"torch {version(python, 'torch')}"
            job = str(write_job(scratch / "job.npz", folder, npy, "train", LFCC()))
            ours = warm(detector, flac, False, "start")
            for name, (kind, way) in TORCH.items():
                arguments = [job, str(scratch / "weights.npz"), kind, way]
                cold[f"{torch}, {name}"] = torch_process(python, arguments)
                peer = PeerProcess(python, "torch_scoring.py", *arguments)
                stack.callback(peer.close)
                hot[f"{torch}, {name}"] = lambda peer=peer: peer.ask("score")
                difference = check(ours, peer.ask("score")["scores"])
                print(f"{torch}, {name}: scores differ from ours by at most {difference:.1e}")
        for name in of:
            hot[f"spoofjax, {name}, whole files in windows"] = lambda name=name: warm(
                detector, of[name], name == "packed", "mean"
            )
        cold["spoofjax score, FLAC"]()  # fills the compilation cache, as any earlier call does
        results = {
            "process": interleave(cold, options.repeats, "wall", warm_up=0),
            "warm": interleave(hot, options.repeats, "wall", warm_up=0),
        }
    print_rates("whole process", results["process"], len(manifest), "spoofjax score, FLAC")
    print_rates("one pass, already started", results["warm"], len(manifest), "spoofjax, FLAC")
    if options.json:
        rows = [row for part in results.values() for row in part]
        write_json(options.json, "scoring", rows, packages=("jax", "soundfile"),
                   files=len(manifest))  # fmt: skip


def _packed_train(manifest: object, out: Path) -> Path:
    """Pack one split by itself, so that a folder holds its utterances and no others."""
    from spoofjax.corpora.packing.packing import Packing, pack

    pack({"train": manifest}, out, Packing(format="npy"))  # type: ignore[dict-item]
    return out


if __name__ == "__main__":
    main()
