"""How much of a core does a stream need, and how soon is the first verdict?

    python -m bench.streaming [--quick] [--seconds 60] [--json FILE]

CNN-LSTM on LFCC hears a stream in chunks of 100 ms on one core, with a verdict every half second:
elapsed time for each chunk, the real-time factor, and how much of the stream has been heard when
the first verdict is there. Then 50 streams at once. The weights are random, which changes no time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np

from bench.timing import machine, write_json
from spoofjax.config_files import load_config
from spoofjax.config_paths import config_path
from spoofjax.deployment.streaming import Streams

CHUNK_SECONDS = 0.1
STAGGER = 5
"""Streams begin in this many different chunks, so that not all verdicts are due in the same one."""
DECISION = {"threshold": 0.0, "log_prior_odds": 0.0, "calibration": None}


def untrained_detector():
    """Return a CNN-LSTM with random weights and the clip of its configuration."""
    from flax import nnx

    from spoofjax.deployment.detector import Detector
    from spoofjax.models.arrays import flatten
    from spoofjax.models.building import build_network

    experiment = load_config(config_path("cnn_lstm"))
    network = build_network(experiment, nnx.Rngs(0))
    size = experiment.front_end.coefficients
    network.set_statistics(np.zeros(size), np.full(size, 3.0))
    _, params, constants = nnx.split(network, nnx.Param, ...)
    arrays = [
        {name: np.asarray(value) for name, value in flatten(part).items()}
        for part in (params, constants)
    ]
    return Detector(experiment, DECISION, arrays[0], arrays[1])


def voice(samples: int) -> np.ndarray:
    """Return float32 (samples,): a buzz that rises and falls over soft noise."""
    seconds = np.arange(samples) / 16_000
    pitch = 120 + 30 * np.sin(seconds)
    buzz = sum(np.sin(2 * np.pi * k * np.cumsum(pitch) / 16_000) / k for k in range(1, 9))
    loudness = 0.05 * (1.2 + np.sin(2 * np.pi * 3 * seconds))
    noise = 0.005 * np.random.default_rng(0).standard_normal(samples)
    return (loudness * buzz + noise).astype(np.float32)


def measure(streams: Streams, names: int, seconds: float) -> dict[str, Any]:
    """Push chunks of `names` streams, which begin one chunk after another, as calls do.

    Times are in milliseconds per chunk of all streams, elapsed and of the processor; the latter is
    what an idle machine would take.
    """
    chunk = round(CHUNK_SECONDS * streams.rate)
    samples = voice(round(seconds * streams.rate))
    elapsed, processor, first = [], [], None
    for turn in range(len(samples) // chunk):
        parts = {}
        for name in range(names):
            begin = (turn - name % STAGGER) * chunk
            if begin >= 0:
                parts[name] = samples[begin : begin + chunk]
        clocks = time.perf_counter(), time.process_time()
        verdicts = streams.push(parts)
        elapsed.append(time.perf_counter() - clocks[0])
        processor.append(time.process_time() - clocks[1])
        if first is None and any(verdict.p_spoof is not None for verdict in verdicts):
            first = (turn + 1) * CHUNK_SECONDS + elapsed[-1]
    figures: dict[str, Any] = {"streams": names, "first_verdict_seconds": first}
    for clock, times in (("elapsed", elapsed), ("processor", processor)):
        figures[f"{clock}_real_time_factor"] = sum(times) / seconds / names
        figures[f"{clock}_ms_p99"] = float(np.percentile(1e3 * np.array(times), 99))
        figures[f"{clock}_ms_most"] = 1e3 * max(times)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="6 seconds of audio")
    parser.add_argument("--seconds", type=float, default=60, help="of audio")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    # Before jax starts as many threads as there are cores.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    seconds = 6.0 if options.quick else options.seconds
    detector = untrained_detector()
    print(f"one core of {machine()['processor']}, load {machine()['load']}; CNN-LSTM")
    results = []
    for names, batch in ((1, 1), (50, 10)):
        streams = Streams(detector, batch=batch, threads=1)
        results.append(measure(streams, names, seconds))
        print("  ".join(f"{key} {value:.4g}" for key, value in results[-1].items()), flush=True)
    if options.json:
        window = {"window": streams.window, "hop": streams.hop}
        write_json(options.json, "streaming", [], packages=("jax",), results=results, **window)


if __name__ == "__main__":
    main()
