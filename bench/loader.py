"""How fast are batches made? Ours beside a PyTorch DataLoader, interleaved in one run.

    python -m bench.loader [--quick] [--corpus DIR] [--repeats 7] [--batches 24] [--json FILE]
                           [--peer-python PYTHON]

LFCC-60 of clips of 64,600 samples, batches of 64, half of them bona fide, on two threads or two
workers. Ours reads FLAC and audio packed as .npy, both also with augmentation, and ArrayRecord.
PyTorch's DataLoader has two persistent workers on one thread each, four batches ahead; it decodes
only the crop by soundfile, or reads the same packed audio, and computes the features in torch.
Figures are elapsed time per utterance. All files are in the page cache. `stages` is the CPU time of
each of our stages alone, on one thread; from it follows the rate that two cores could reach.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np

from bench import corpus as corpora
from bench.peers.job import SAMPLES, write_job
from bench.peers.process import PeerProcess, find_python, version
from bench.timing import Row, interleave, print_table, write_json
from spoofjax.audio.augmentation import RawBoost
from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Augmentation, Clip, Experiment, Loading, Loss, Model, Optimizer
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.features import LFCC
from spoofjax.loading.prefetch import training_batches
from spoofjax.loading.sampling import Balanced, draws
from spoofjax.training.input import training_input

BATCH = 64
THREADS = 2
OURS = "spoofjax, packed npy"
FLAC = "spoofjax, FLAC"


def experiment_of(root: Path, augment: Augmentation, threads: int = THREADS) -> Experiment:
    """Return the experiment whose batches are timed; it has no model."""
    return Experiment(
        data=ASVspoof5(root=str(root)),
        front_end=LFCC(),
        model=Model(),
        sampling=Balanced(),
        loss=Loss(),
        optimizer=Optimizer(),
        augment=augment,
        clip=Clip(train=SAMPLES),
        batch=BATCH,
        steps=1,
        loading=Loading(threads=threads),
    )


class Loader:
    """Our batches: each call makes the next `count` steps, never the same draws twice."""

    def __init__(self, root: Path, augment: Augmentation, count: int):
        experiment = experiment_of(root, augment)
        self.batches = training_input(experiment, experiment.data.manifest("train"))
        self._count, self._next = count, 0

    def __call__(self) -> None:
        first, self._next = self._next, self._next + self._count
        shape = (BATCH, LFCC().frames(SAMPLES), LFCC().coefficients)
        for batch, _ in training_batches(self.batches, first, self._next, prefetch=2):
            assert batch.features.shape == shape


def stages(root: Path, augment: Augmentation, rounds: int) -> dict[str, float]:
    """Return each stage's CPU seconds per utterance on one thread, the least of all rounds."""
    experiment = experiment_of(root, augment, threads=1)
    manifest = experiment.data.manifest("train")
    batches = training_input(experiment, manifest)
    stream = experiment.sampling.stream(manifest, 1)
    indices, seeds = draws(stream, 0, BATCH), draw_seeds(1, np.arange(BATCH))
    has_augmentation = type(augment) is not Augmentation
    buffer = batches._buffer(BATCH, SAMPLES, needs_float=has_augmentation)

    def crops():
        # Every file can be read, so that no utterance needs a replacement.
        return batches._drawn(indices, seeds, buffer, lambda index: np.empty(0, np.int64))

    crops()
    seconds = {
        "draws": cpu(lambda: draws(stream, BATCH, BATCH), rounds),
        "reading": cpu(crops, rounds),
    }
    if has_augmentation:
        seconds["augmentation"] = cpu(lambda: augment(buffer, seeds, 16_000, threads=1), rounds)
    seconds["features"] = cpu(lambda: experiment.front_end(buffer, threads=1), rounds)
    batches.close()
    return {name: each / BATCH for name, each in seconds.items()}


def cpu(work: Callable[[], object], rounds: int) -> float:
    """Return the least CPU time of a call."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


@contextmanager
def contenders(options: argparse.Namespace) -> Iterator[dict[str, Callable[[], object]]]:
    """Start everything that is compared; yield {name: one round}."""
    folder, count = options.folder, options.batches
    npy, records = corpora.packed(folder, "npy"), corpora.packed(folder, "arrayrecord")
    boost = RawBoost()
    with ExitStack() as stack:
        rounds: dict[str, Callable[[], object]] = {}
        for name, root, augment in (
            (OURS, npy, Augmentation()),
            ("spoofjax, packed ArrayRecord", records, Augmentation()),
            (FLAC, folder, Augmentation()),
            ("spoofjax, packed npy, RawBoost", npy, boost),
            ("spoofjax, FLAC, RawBoost", folder, boost),
        ):
            rounds[name] = loader = Loader(root, augment, count)
            stack.callback(loader.batches.close)
        python = find_python(options.peer_python, "torch, soundfile")
        if python is None:
            print("left out: torch is not installed (pip install torch==2.13.0)")
            yield rounds
            return
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        job = write_job(scratch / "job.npz", folder, npy, "train", LFCC())
        for kind in ("flac", "packed"):
            peer = PeerProcess(python, "torch_loader.py", job, kind, BATCH)
            stack.callback(peer.close)
            name = f"torch {version(python, 'torch')} DataLoader, {kind.replace('flac', 'FLAC')}"
            rounds[name] = lambda peer=peer: peer.ask(count)
        yield rounds


def ratios(rows: list[Row], alone: dict[str, dict[str, float]], per: int) -> dict[str, object]:
    """Return our rate divided by theirs, and by the rate that our stages alone allow."""
    by_name = {row.name: row for row in rows}
    theirs = {kind: next((r for r in rows if r.name.endswith(kind) and r.name.startswith("torch")),
                         None) for kind in ("FLAC", "packed")}  # fmt: skip
    shares: dict[str, object] = {}
    for ours in (OURS, "spoofjax, packed ArrayRecord", FLAC):
        for kind, row in theirs.items():
            if row is not None and not (ours == FLAC and kind == "packed"):
                shares[f"{ours} / DataLoader, {kind}"] = {
                    "medians": round(row.median / by_name[ours].median, 2),
                    "minima": round(row.minimum / by_name[ours].minimum, 2),
                }
        limit = sum(alone[ours].values()) / THREADS
        shares[f"{ours}: share of the rate its stages allow"] = {
            "medians": round(limit * per / by_name[ours].median, 2),
            "minima": round(limit * per / by_name[ours].minimum, 2),
        }
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="300 utterances, 3 rounds of 8")
    parser.add_argument("--corpus", type=Path, help="ASVspoof 5 layout; default: a generated one")
    parser.add_argument("--utterances", type=int, default=2000, help="of the generated corpus")
    parser.add_argument("--repeats", type=int, default=7, help="rounds")
    parser.add_argument("--batches", type=int, default=24, help="batches of 64 a round")
    parser.add_argument("--peer-python", help="an interpreter with torch, if this one has none")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if options.quick:
        options.utterances, options.repeats, options.batches = 300, 3, 8
    options.folder = corpora.corpus(options.utterances, given=options.corpus)
    npy, records = (corpora.packed(options.folder, kind) for kind in ("npy", "arrayrecord"))
    sources = {OURS: npy, "spoofjax, packed ArrayRecord": records, FLAC: options.folder}
    alone = {name: stages(root, Augmentation(), 9) for name, root in sources.items()}
    alone["spoofjax, packed npy, RawBoost"] = stages(npy, RawBoost(), 5)
    for name, stage_seconds in alone.items():
        parts = "  ".join(
            f"{stage} {seconds * 1e6:.0f}" for stage, seconds in stage_seconds.items()
        )
        print(f"{name}: {parts}  (CPU us per utterance, one thread)")
    with contenders(options) as rounds:
        rows = interleave(rounds, options.repeats, "wall")
    per = options.batches * BATCH
    print_table("elapsed time per utterance", rows, per=per, reference=OURS)
    derived = ratios(rows, alone, per)
    for name, value in derived.items():
        print(f"{name}: {value}")
    if options.json:
        manifest = ASVspoof5(root=str(npy)).manifest("train")
        assert manifest.samples is not None
        write_json(
            options.json, "loader", rows, packages=("grain", "array-record", "soundfile"),
            corpus=corpora.describe(manifest, manifest.samples), batch=BATCH, samples=SAMPLES,
            utterances_per_call=per, stages=alone, ratios=derived,
        )  # fmt: skip


if __name__ == "__main__":
    main()
