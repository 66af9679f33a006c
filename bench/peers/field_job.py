"""What both sides of bench/field_models.py share: the models, their input and their weights."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

MODULES = {
    "aasist": "aasist_torch",
    "aasist_l": "aasist_torch",
    "rawnet2": "rawnet2_torch",
    "lfcc_lcnn_blstm": "lcnn_torch",
}
"""Where the torch version of each model is."""
SAMPLES = 64_600


def write_input(folder: Path, batch: int) -> None:
    """Write clips of noise, their LFCC and labels for all models."""
    from spoofjax.features import LFCC

    draw = np.random.default_rng(0)
    waves = draw.normal(0, 0.1, (batch, SAMPLES)).astype(np.float32)
    labels = (np.arange(batch) % 2).astype(np.float32)
    np.savez(folder / "input.npz", waves=waves, lfcc=LFCC.nii2019()(waves), labels=labels)


def read_input(folder: str | Path, model: str) -> tuple[np.ndarray, np.ndarray]:
    """Return (samples (batch, 64600) or LFCC (batch, frames, 60), labels (batch,)), float32."""
    with np.load(Path(folder) / "input.npz") as file:
        return file["lfcc" if model == "lfcc_lcnn_blstm" else "waves"], file["labels"]


def shared_tensors(tensors: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tensors that a torch version has; published files hold more.

    Raises SystemExit where one is missing.
    """
    missing = sorted(known.keys() - tensors.keys())
    if missing:
        raise SystemExit(f"The file lacks {', '.join(missing)}.")
    return {name: tensors[name] for name in known}


def answer(build: Callable[[str], Any]) -> None:
    """Answer each line `MODEL TASK` of stdin with one JSON object, until stdin ends.

    `check` gives the scores in evaluation mode, `forward` and `step` the seconds of one call.
    `build(model)` returns an object with the methods `forward` and `step`, and is called once for
    each model.
    """
    contestants: dict[str, Any] = {}
    for line in sys.stdin:
        model, task = line.split()
        if model not in contestants:
            contestants[model] = build(model)
        if task == "check":
            result: Any = np.asarray(contestants[model].forward(), np.float64).tolist()
        else:
            run = getattr(contestants[model], task)
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            result = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        print(json.dumps(result), flush=True)
