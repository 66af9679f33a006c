"""What a detector costs: parameters, bytes, and the time of scoring a clip."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.deployment.detector import Detector
from spoofjax.runs.folder import RunFolder

BATCH = 16
"""Clips scored together, as files are."""
REPEATS = 15
"""Batches of which the fastest counts: other work on the machine makes the others slower."""


class Cost(NamedTuple):
    """The size of a detector and its speed on this machine."""

    parameters: int
    weights_bytes: int
    """Of the file of weights, which also holds the statistics of batch norm and features."""
    clip_seconds: float
    """Length of a clip of evaluation."""
    processor_seconds: float
    """Processor time of its features and its score, by all cores together."""


def cost_of(folder: Path) -> Cost:
    """Measure a finished run or an export. Raises RunError as `Detector.load` does."""
    detector = Detector.load(folder)
    samples, rate = detector.experiment.clip.evaluate, detector.experiment.front_end.rate
    noise = np.random.default_rng(0).normal(0, 0.05, samples).astype(np.float32)
    clip, length = detector.prepare(noise, samples)
    clips, lengths = np.repeat(clip[None], BATCH, 0), np.full(BATCH, length)
    detector.score(clips, lengths)  # compiles
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        detector.score(clips, lengths)
        times.append(time.process_time() - began)
    return Cost(
        sum(array.size for array in detector.params.values()),
        RunFolder(folder).weights.stat().st_size,
        samples / rate,
        min(times) / BATCH,
    )
