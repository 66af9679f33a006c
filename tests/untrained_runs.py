"""A detector that needs no training: random weights with the statistics of typical features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from flax import nnx

from spoofjax.config import Experiment
from spoofjax.config_files import to_json
from spoofjax.evaluation.known_attacks import KnownAttacks
from spoofjax.evaluation.rejection import DISTANCE
from spoofjax.files import write_json
from spoofjax.models.arrays import flatten
from spoofjax.models.building import build_network
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.known_attacks import write_known_attacks
from spoofjax.runs.weights import save_weights
from spoofjax.tracing import Tracing

DECISION = {"threshold": 0.0, "log_prior_odds": 0.0, "calibration": None}


def write_run(folder: Path, experiment: Experiment) -> Path:
    """Write the files of a finished run that a detector consists of; return the folder."""
    coefficients = experiment.front_end.coefficients
    network = build_network(experiment, nnx.Rngs(0))
    network.set_statistics(np.full(coefficients, -8.0), np.full(coefficients, 3.0))
    _, params, constants = nnx.split(network, nnx.Param, ...)
    run = RunFolder(folder)
    write_json(run.config, to_json(experiment))
    write_json(run.decision, DECISION)
    save_weights(run.path, flatten(params), flatten(constants))
    return run.path


def write_traced_run(folder: Path, experiment: Experiment, threshold: float | None) -> Path:
    """Write a run that traces A01 and A02 and calls an attack unknown below a rejection score."""
    traced = experiment.replace(tracing=Tracing(weight=1.0, attacks=("A01", "A02")))
    run = RunFolder(write_run(folder, traced))
    rejection = {"score": DISTANCE, "threshold": threshold, "threshold_from": "a test"}
    write_json(run.decision, {**DECISION, "tracing": rejection})
    width = build_network(traced, nnx.Rngs(0)).embedding_width
    assert width is not None
    random = np.random.default_rng(1)
    classes = np.repeat([-1, 0, 1], 20)
    embedding = random.normal(size=(60, width)) + classes[:, None]
    write_known_attacks(run, KnownAttacks.of(embedding, classes))
    return run.path
