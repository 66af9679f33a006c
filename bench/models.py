"""What does an utterance cost with each shipped configuration, in scoring and in training?

    python -m bench.models [--configs cnn2d aasist ...] [--clips 8] [--repeats 5] [--json FILE]

Scoring is the front end and the forward pass on clips as long as those of evaluation; a training
step is the trainer's own, on clips as long as those of training, without loading and features. Both
use one batch of noise and random weights; figures are milliseconds for each clip.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np

from bench.timing import Row, summarise, write_json
from spoofjax.audio.clips import most_samples
from spoofjax.cluster.allocator import keep_freed_memory
from spoofjax.config import Experiment
from spoofjax.config_files import load_config

CONFIGS = (
    "cnn", "lstm", "cnn_lstm", "cnn2d", "cnn2d_lstm", "se_resnet", "conformer", "audio_tokens",
    "lfcc_lcnn_blstm", "rawnet2", "rawgat_st", "aasist_l", "aasist",
)  # fmt: skip


def main() -> None:
    """Print one line for each configuration as soon as it is measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--configs", nargs="+", default=CONFIGS, help="shipped configurations")
    parser.add_argument("--clips", type=int, default=8, help="clips in a batch")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    # As in the trainer, before jax starts threads of its own.
    keep_freed_memory()
    print("| configuration | parameters | scoring, ms | training step, ms |")
    print("| --- | --- | --- | --- |")
    rows = []
    for name in options.configs:
        experiment = load_config(name).replace(batch=options.clips)
        scoring, step = measure(name, experiment, options.repeats)
        rows += [scoring, step]
        cost = " | ".join(f"{1e3 * row.median / options.clips:.1f}" for row in (scoring, step))
        print(f"| {name} | {scoring.notes['parameters']:,} | {cost} |", flush=True)
    if options.json:
        write_json(options.json, "models", rows, packages=("jax", "flax"), clips=options.clips)


def measure(name: str, experiment: Experiment, repeats: int) -> tuple[Row, Row]:
    """Time scoring and training steps of one configuration, in turns."""
    import jax

    from spoofjax.loading.batches import Batch
    from spoofjax.training.assembly import assemble
    from spoofjax.training.compiled_step import compile_step

    front_end = experiment.front_end
    coefficients = front_end.coefficients
    typical = np.full(coefficients, -6.0), np.full(coefficients, 3.0)
    assembly = assemble(experiment, 1, typical)
    draw, clips = np.random.default_rng(0), experiment.batch
    audio = draw.normal(0, 0.05, (clips, most_samples(experiment.clip))).astype(np.float32)
    samples = np.full(clips, audio.shape[1])
    cut = audio[:, : experiment.clip.train]
    features = front_end(cut, np.full(clips, cut.shape[1]))
    batch = Batch(features, _frames(features), np.arange(clips) % 2, np.arange(clips))
    inputs, state = assembly.put(batch), assembly.state
    compiled = compile_step(assembly, inputs)
    weights = jax.tree.map(np.asarray, (state.params, state.constants))

    def score() -> None:
        heard = front_end(audio, samples)
        assembly.predict(*weights, heard, _frames(heard)).block_until_ready()

    def step() -> None:
        nonlocal state
        state, measured = compiled.step(state, inputs, assembly.key)
        measured.loss.block_until_ready()

    seconds: dict[str, list[float]] = {"scoring": [], "step": []}
    for turn in range(repeats + 1):
        for kind, call in (("scoring", score), ("step", step)):
            begin = time.perf_counter()
            call()
            if turn:  # the first one compiles
                seconds[kind].append(time.perf_counter() - begin)
    scoring, training = (
        summarise(f"{name}, {kind}", values, "wall") for kind, values in seconds.items()
    )
    scoring.notes["parameters"] = assembly.parameters
    return scoring, training


def _frames(features: np.ndarray) -> np.ndarray:
    return np.full(len(features), features.shape[1], np.int32)


if __name__ == "__main__":
    main()
