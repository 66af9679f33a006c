"""Does memory stay flat? A tiny run of many steps, with its resident size and its threads.

    python -m bench.soak [--steps 20000] [--json FILE]

The whole engine runs: packed audio, no augmentation, a small CNN, evaluation and checkpoints now
and then. The resident size is that of the process; mapped audio counts once it is read. The first
tenth of the run is warm-up. The status is 1 if the size grows by more than 2 % afterwards, or if
threads or shared memory of the loader outlive the run.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench import corpus as corpora
from bench.timing import write_json
from spoofjax.cli import collect_rarely
from spoofjax.config import Checkpoints, Clip, Evaluation, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.splits import training_splits
from spoofjax.features import LogLinear
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNN
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

GROWTH = 0.02
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Return the resident bytes of this process (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def shared_memory() -> set[str]:
    """Return the names of the segments in /dev/shm."""
    folder = Path("/dev/shm")
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def run(steps: int, folder: Path) -> list[tuple[int, int]]:
    """Train for so many steps; return (step, resident bytes) at every hundredth of them."""
    from spoofjax.runs.history import MetricsFile
    from spoofjax.training import loop

    source = corpora.make(folder / "corpus", {"train": 60, "dev": 20}, (0.5, 1.0))
    experiment = Experiment(
        data=ASVspoof5(root=str(corpora.packed(source, "npy"))),
        front_end=LogLinear(filters=20),
        model=CNN(channels=(8, 8), hidden=8),
        sampling=Balanced(),
        loss=BinaryCrossEntropy(),
        optimizer=Adam(),
        clip=Clip(train=6_400, evaluate=8_000),
        batch=8,
        steps=steps,
        evaluation=Evaluation(every=max(steps // 10, 1), batch=8),
        checkpoints=Checkpoints(every=max(steps // 10, 1)),
        log_every=max(steps // 100, 1),
    )
    sizes: list[tuple[int, int]] = []

    class Watched(MetricsFile):
        def write(self, step, **values):
            if "loss" in values:
                sizes.append((step, resident()))
            return super().write(step, **values)

    loop.MetricsFile = Watched
    loop.train(experiment, training_splits(experiment.data), folder / "run", quiet=True)
    return sizes


def growth(sizes: list[tuple[int, int]]) -> float:
    """Return the relative growth from the end of the first tenth to the last tenth."""
    tenth = max(len(sizes) // 10, 1)
    before = max(size for _, size in sizes[: tenth + 1])
    after = max(size for _, size in sizes[-tenth:])
    return after / before - 1


def left_behind(threads: set[str], shared: set[str]) -> list[str]:
    """Return the threads and shared-memory segments that the run has left."""
    deadline = time.monotonic() + 10
    while True:
        started = {thread.name for thread in threading.enumerate()} - threads
        loaders = sorted(name for name in started if "spoofjax" in name or "grain" in name)
        if not loaders or time.monotonic() > deadline:
            return loaders + sorted(shared_memory() - shared)
        time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--quick", action="store_true", help="500 steps")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    steps = 500 if options.quick else options.steps
    collect_rarely()
    threads, shared = {thread.name for thread in threading.enumerate()}, shared_memory()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        sizes = run(steps, Path(folder))
        seconds = time.perf_counter() - began
    left = left_behind(threads, shared)
    share = growth(sizes)
    for step, size in sizes[:: max(len(sizes) // 10, 1)]:
        print(f"step {step:6}  {size / 2**20:8.1f} MiB")
    print(f"{steps} steps in {seconds:.0f} s: resident size grew by {share:.2%} after warm-up")
    print(f"left behind: {', '.join(left) or 'nothing'}")
    if options.json:
        write_json(
            options.json, "soak", [], packages=("jax", "grain"),
            steps=steps, seconds=seconds, growth=share, left_behind=left, resident=sizes,
        )  # fmt: skip
    if left or share > GROWTH:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
