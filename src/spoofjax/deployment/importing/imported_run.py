"""A run folder made from published weights."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax import config_files
from spoofjax.config import Experiment
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.importing.architectures import Architecture
from spoofjax.deployment.importing.translation import translate
from spoofjax.errors import RunError
from spoofjax.files import new_folder, write_json
from spoofjax.runs.environment import environment
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import save_weights
from spoofjax.tensors.naming import strip_prefix
from spoofjax.tensors.reading import read_tensors

WRAPPERS = ("model_state_dict.", "state_dict.", "model.", "module.")
"""What scripts put in front of all names of the tensors that they save."""


def import_weights(
    path: Path, name: str, architecture: Architecture, experiment: Experiment, out: Path
) -> dict[str, Any]:
    """Write a run of the published weights in `path` to the folder `out`; return what was done.

    `experiment` gives the front end, the clip, the corpus and the recipe; its model is replaced.
    Raises RunError where `out` is not empty, and TensorError where the file cannot be read or does
    not fit the architecture.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out} is not an empty folder. Choose another --out.")
    tensors = _without_wrappers(read_tensors(path))
    experiment = experiment.replace(model=architecture.model(tensors))
    unused = sorted(filter(architecture.is_unused, tensors))
    detector = Detector(experiment, _decision(architecture, experiment), {}, {})
    params, constants = detector.shapes
    arrays = translate(path, tensors, architecture.entries(tensors), params | constants, unused)
    facts = {
        "file": str(path.absolute()),
        "sha256": _sha256(path),
        "as": name,
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "parameters": sum(math.prod(leaf.shape) for leaf in params.values()),
        "unused": [text for text in unused if not text.endswith("num_batches_tracked")],
    }
    with new_folder(out) as folder:
        run = RunFolder(folder)
        write_json(run.environment, environment())
        write_json(run.decision, detector.decision)
        write_json(run.imported, facts)
        save_weights(folder, _chosen(arrays, params), _chosen(arrays, constants))
        write_json(run.config, config_files.to_json(experiment))
    return facts


def _decision(architecture: Architecture, experiment: Experiment) -> dict[str, Any]:
    """Return a decision without a calibration, whose threshold means nothing yet."""
    prior = architecture.prior
    return {
        "threshold": 0.0,
        "threshold_from": (
            "nothing: published weights come without a threshold, and 0 is only a start until "
            "labelled scores set one (`spoofjax calibrate RUN --on NAME --set-decision`)"
        ),
        "prior": prior,
        "prior_meaning": "share of bona fide in the corpus that the weights were trained on",
        "log_prior_odds": math.log(prior / (1 - prior)) + experiment.loss.log_prior_shift,
        "calibration": None,
    }


def _without_wrappers(tensors: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """Return the tensors without a prefix that all names share."""
    for prefix in WRAPPERS:
        if tensors and all(name.startswith(prefix) for name in tensors):
            tensors = strip_prefix(tensors, prefix)
    return tensors


def _chosen(arrays: Mapping[str, np.ndarray], names: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {name: arrays[name] for name in names}


def _sha256(path: Path) -> str | None:
    if path.is_dir():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
