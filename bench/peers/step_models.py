"""What the peers of bench/train_step.py share: the job file, the protocol and the clock.

A peer starts with a job file and answers each line `MODEL TASK` with one JSON object:

    MODEL step      one training step at batch 64: {"wall": s, "cpu": s}
    MODEL forward   one forward pass in evaluation mode: the same
    MODEL check     {"scores": of the initial weights, "losses": of three steps without dropout}
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

MODELS = ("cnn", "cnn_lstm", "lstm")
LEARNING_RATE = 1e-3
EPSILON = 1e-8
DROPOUT = 0.3
CHECKED_STEPS = 3


def read_job(path: str) -> tuple[np.ndarray, np.ndarray, dict[str, dict[str, np.ndarray]]]:
    """Return (features (64, 400, 60), labels (64,), {model: {name: weights}})."""
    with np.load(path) as file:
        arrays = dict(file)
    weights: dict[str, dict[str, np.ndarray]] = {name: {} for name in MODELS}
    for name, array in arrays.items():
        model, _, rest = name.partition(":")
        if rest:
            weights[model][rest] = array
    return arrays["features"], arrays["labels"], weights


class Contestant:
    """One model in one framework."""

    def step(self) -> Any:
        """Do one training step and wait for it."""
        raise NotImplementedError

    def forward(self) -> np.ndarray:
        """Return the scores (64,) in evaluation mode."""
        raise NotImplementedError

    def loss(self) -> float:
        """Do one training step; return the loss before it."""
        raise NotImplementedError


def answer(build: Callable[[str, float], Contestant]) -> None:
    """Serve the protocol until stdin ends; `build(model, dropout)` returns a contestant."""
    contestants: dict[str, Contestant] = {}
    for line in sys.stdin:
        model, task = line.split()
        if task == "check":
            fresh = build(model, 0.0)
            scores = np.asarray(fresh.forward(), np.float64).tolist()
            result: Any = {"scores": scores, "losses": [fresh.loss() for _ in range(CHECKED_STEPS)]}
        else:
            if model not in contestants:
                contestants[model] = build(model, DROPOUT)
            run = getattr(contestants[model], task)
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            result = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        print(json.dumps(result), flush=True)
