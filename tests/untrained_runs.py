"""A detector that needs no training: random weights with the statistics of typical features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from flax import nnx

from spoofjax.config import Experiment
from spoofjax.config_files import to_json
from spoofjax.files import write_json
from spoofjax.models.arrays import flatten
from spoofjax.models.building import build_network
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import save_weights

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
