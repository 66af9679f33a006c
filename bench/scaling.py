"""How do costs grow with devices, batches and corpora?

    python -m bench.scaling [--quick] [--repeats 7] [--devices 1 2 4 8] [--json FILE]

Three tables. Steps of CNN-LSTM and CNN at a global batch of 64 on 1, 2, 4 and 8 host devices, each
count in a process of its own (the count is fixed when jax starts); more devices than cores show
the cost of splitting, not a gain. LFCC-60 per clip as the batch grows. Drawing and packing up the
index streams as a corpus grows to the 680,774 utterances of ASVspoof 5's evaluation set.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np

from bench.timing import Row, interleave, print_table, summarise, write_json

FRAMES, COEFFICIENTS, BATCH = 400, 60, 64


def step_seconds(model: str, repeats: int) -> list[float]:
    """Return the seconds of single training steps on all devices of this process."""
    import jax
    from jax.sharding import PartitionSpec

    from spoofjax.config import Clip, Corpus, Experiment
    from spoofjax.features import LFCC
    from spoofjax.loading.batches import Batch
    from spoofjax.loading.sampling import Balanced
    from spoofjax.models import CNN, CNNLSTM
    from spoofjax.training.allocator import keep_freed_memory
    from spoofjax.training.assembly import assemble
    from spoofjax.training.losses import BinaryCrossEntropy
    from spoofjax.training.optimizers import Adam

    keep_freed_memory()
    models = {
        "CNN-LSTM": CNNLSTM(batch_norm=False, pooling="last"),
        "CNN": CNN(pooling="flatten", frames=FRAMES),
    }
    experiment = Experiment(
        data=Corpus(), front_end=LFCC(), model=models[model], sampling=Balanced(),
        loss=BinaryCrossEntropy(), optimizer=Adam(), clip=Clip(), batch=BATCH, steps=1,
    )  # fmt: skip
    assembly = assemble(experiment, 1)
    assert len(jax.devices()) == assembly.mesh.devices.size
    rng = np.random.default_rng(0)
    features = rng.normal(size=(BATCH, FRAMES, COEFFICIENTS)).astype(np.float32)
    labels = np.arange(BATCH, dtype=np.int32) % 2
    batch = Batch(features, np.full(BATCH, FRAMES, np.int32), labels, np.arange(BATCH))
    inputs = assembly.put(batch)
    assert inputs.features.sharding.spec == PartitionSpec("batch")
    state, seconds = assembly.state, []
    for _ in range(repeats + 2):
        began = time.perf_counter()
        state, metrics = assembly.train_step(state, inputs, assembly.key)
        metrics.loss.block_until_ready()
        seconds.append(time.perf_counter() - began)
    return seconds[2:]


def devices_table(counts: list[int], repeats: int) -> list[Row]:
    """Time the steps under each number of host devices, the counts interleaved."""
    seconds: dict[str, list[float]] = {}
    for _ in range(3):
        for model in ("CNN-LSTM", "CNN"):
            for count in counts:
                flag = f"--xla_force_host_platform_device_count={count}"
                command = [sys.executable, "-m", "bench.scaling", "--worker", model]
                done = subprocess.run(
                    [*command, "--repeats", str(repeats)],
                    env=os.environ | {"XLA_FLAGS": flag, "JAX_PLATFORMS": "cpu"},
                    capture_output=True, text=True, check=False,
                )  # fmt: skip
                if done.returncode != 0:
                    raise SystemExit(f"{model} on {count} devices failed:\n{done.stderr[-2000:]}")
                name = f"{model}, {count} device{'s' if count > 1 else ''}"
                seconds.setdefault(name, []).extend(json.loads(done.stdout.splitlines()[-1]))
    return [summarise(name, times, "wall") for name, times in seconds.items()]


def batches_table(sizes: list[int], repeats: int) -> list[Row]:
    """Time LFCC-60 on one thread for several batches; each row is for one clip."""
    from spoofjax.features import LFCC

    front_end, rng = LFCC(), np.random.default_rng(0)
    clips = rng.integers(-3000, 3000, (max(sizes), 64_600)).astype(np.int16)
    found = interleave(
        {
            f"LFCC-60, batch {size}": lambda size=size: front_end(clips[:size], threads=1)
            for size in sizes
        },
        repeats,
    )
    for row, size in zip(found, sizes, strict=True):
        row.median, row.minimum = row.median / size, row.minimum / size
    return found


class Table:
    """As much of a manifest as a sampler reads: 10 % bona fide, 16 attacks."""

    shares: dict[str, float] = {}  # noqa: RUF012

    def __init__(self, utterances: int):
        self.label = (np.arange(utterances) % 10 == 0).astype(np.int8)
        self.attack = np.where(self.label == 1, -1, np.arange(utterances) % 16)

    def __len__(self) -> int:
        return len(self.label)


def corpora_table(sizes: list[int], repeats: int) -> list[Row]:
    """Time the first draw of a fresh stream (it orders an epoch), and later draws, per size."""
    from spoofjax.loading.sampling import Balanced, draws

    rows = []
    for size in sizes:
        manifest: Any = Table(size)
        sampler = Balanced(by="attack")

        def fresh(manifest: Any = manifest, sampler: Balanced = sampler) -> None:
            draws(sampler.stream(manifest, 1), 0, BATCH)

        stream = sampler.stream(manifest, 1)

        def later(stream: Any = stream) -> None:
            draws(stream, 0, 16 * BATCH)

        first, then = interleave({"fresh": fresh, "later": later}, repeats)
        first.name = f"{size:,} utterances: a fresh stream"
        then.name = f"{size:,} utterances: a draw"
        then.median, then.minimum = then.median / 16 / BATCH, then.minimum / 16 / BATCH
        rows += [first, then]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer sizes, 2 rounds")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--devices", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(step_seconds(options.worker, options.repeats)))
        return
    sizes, corpora = [1, 4, 16, 64, 256], [2_000, 20_000, 182_357, 680_774]
    if options.quick:
        options.repeats, options.devices, sizes, corpora = 2, [1, 2], sizes[:3], corpora[:2]
    steps = devices_table(options.devices, options.repeats)
    print_table(f"a step at batch {BATCH}", steps, unit="ms")
    batches = batches_table(sizes, options.repeats)
    print_table("a clip, one thread", batches, unit="us")
    draws = corpora_table(corpora, options.repeats)
    print_table("draws, balanced by attack", draws, unit="us")
    if options.json:
        write_json(
            options.json, "scaling", [*steps, *batches, *draws], packages=("jax", "flax", "grain")
        )


if __name__ == "__main__":
    main()
