"""Names and initial values of parameters, which checkpoints and seeds depend on.

initial_values.json was written by version 0.1: for each architecture and each array its shape, its
sum and its sum of magnitudes, for 40 coefficients and seed 7.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from flax import nnx

from spoofjax import models
from spoofjax.models.arrays import flatten

RECORDED = json.loads(Path(__file__).with_name("initial_values.json").read_text())


@pytest.mark.parametrize("name", RECORDED)
def test_a_seed_gives_the_arrays_of_version_0_1(name):
    network = getattr(models, name)().build(40, nnx.Rngs(7))
    arrays = {k: np.asarray(v, np.float64) for k, v in flatten(nnx.state(network)).items()}
    assert sorted(arrays) == sorted(RECORDED[name])
    for key, (shape, total, magnitude) in RECORDED[name].items():
        assert list(arrays[key].shape) == shape, key
        assert arrays[key].sum() == pytest.approx(total, rel=1e-5, abs=1e-4), key
        assert np.abs(arrays[key]).sum() == pytest.approx(magnitude, rel=1e-5), key
