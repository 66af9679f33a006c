"""A detector that needs no training: random weights with the statistics of typical features."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from flax import nnx

from spoofjax.config import Clip
from spoofjax.config_files import load_config, to_json
from spoofjax.files import write_json
from spoofjax.models.arrays import flatten
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import save_weights

DECISION = {"threshold": 0.0, "log_prior_odds": 0.0, "calibration": None}


@pytest.fixture(scope="module")
def make_run(uneven_corpus, tmp_path_factory) -> Callable[..., Path]:
    """Makes a folder with the files of a finished run that a detector consists of."""

    def make(clip: Clip) -> Path:
        experiment = load_config(uneven_corpus / "tiny.py").replace(clip=clip)
        coefficients = experiment.front_end.coefficients
        network = experiment.model.build(coefficients, nnx.Rngs(0))
        network.set_statistics(np.full(coefficients, -8.0), np.full(coefficients, 3.0))
        _, params, constants = nnx.split(network, nnx.Param, ...)
        run = RunFolder(tmp_path_factory.mktemp("runs") / "run")
        write_json(run.config, to_json(experiment))
        write_json(run.decision, DECISION)
        save_weights(run.path, flatten(params), flatten(constants))
        return run.path

    return make


@pytest.fixture(scope="module")
def files(uneven_corpus) -> list[Path]:
    """Utterances of five lengths."""
    return sorted((uneven_corpus / "flac_D").glob("*.flac"))[::4][:5]
