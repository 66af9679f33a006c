"""Features that are sent in bfloat16 are those that the model would have rounded itself."""

import functools
import shutil
import subprocess
import sys

import jax
import ml_dtypes
import numpy as np
import pytest
import started_runs
from flax import nnx

from spoofjax import models
from spoofjax.config import Checkpoints, Distillation, Evaluation
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import ConfigError
from spoofjax.features.rounding import standardized_bfloat16
from spoofjax.models.arrays import flatten, make_predict
from spoofjax.training.loop import train
from spoofjax.training.sent_features import sends_bfloat16

COEFFICIENTS = 20
# Half the compilation time; these programs run twice.
quick_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
ROUNDING = [
    models.CNN(channels=(4, 6), hidden=5),
    models.CNNLSTM(channels=(4, 6), units=(4,)),
    models.LSTM(units=(4,)),
    models.CNN2D(channels=(3, 4), convolutions=(1, 2)),
    models.CNN2DLSTM(channels=(3, 4), convolutions=(1, 1), units=(4,)),
    models.LCNN(),
    models.Conformer(width=8, heads=2, blocks=1),
    models.SEResNet(channels=(3, 4), blocks=(1, 1)),
    models.SERes2Net(channels=(4, 8), blocks=(1, 1), groups=2),
]
TRAINS = """
import sys
from pathlib import Path
from spoofjax.config import Parallel
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.training.loop import train

tiny = load_config(Path(sys.argv[1]), ["--model.dtype", "bfloat16", "--steps", "4"])
for api in ("jit", "pmap"):
    for precision in ("float32", "bfloat16"):
        loading = tiny.loading.replace(precision=precision)
        one = tiny.replace(loading=loading, parallel=Parallel(devices=8, api=api))
        folder = Path(sys.argv[2]) / api / precision
        train(one, training_splits(tiny.data), folder, quiet=True)
"""


@pytest.mark.parametrize(
    "model",
    [ROUNDING[0], *(pytest.param(model, marks=pytest.mark.slow) for model in ROUNDING[1:])],
    ids=[type(model).__name__ for model in ROUNDING],
)
def test_the_host_may_round_the_input_of_a_model_that_rounds_it_first(model):
    network = model.replace(dtype="bfloat16").build(COEFFICIENTS, nnx.Rngs(0))
    random = np.random.default_rng(0)
    features = random.normal(-20, 3, (2, 40, COEFFICIENTS)).astype(np.float32)
    mean, deviation = features.mean((0, 1)), features.std((0, 1))
    network.set_statistics(mean, deviation)
    lengths = np.array([40, 33], np.int32)
    sent = standardized_bfloat16(features, mean, deviation)
    assert model.replace(dtype="bfloat16").input_precision == "bfloat16"
    graph, params, constants = nnx.split(network, nnx.Param, ...)
    predict = quick_jit(make_predict(graph))
    weights = flatten(params), flatten(constants)
    scores = predict(*weights, features, lengths)
    assert len(set(scores.tolist())) == 2
    np.testing.assert_array_equal(predict(*weights, sent, lengths), scores)


def test_rounding_before_standardizing_would_lose_digits():
    features = np.random.default_rng(0).normal(-20, 1, (1, 400, 8)).astype(np.float32)
    mean, deviation = features.mean((0, 1)), features.std((0, 1))
    exact = (features - mean) / deviation
    after = standardized_bfloat16(features, mean, deviation).astype(np.float32)
    before = (features.astype(ml_dtypes.bfloat16).astype(np.float32) - mean) / deviation
    assert np.abs(after - exact).mean() * 10 < np.abs(before - exact).mean()


def test_features_are_sent_in_bfloat16_where_an_accelerator_computes_in_it(tiny_corpus):
    tiny = load_config(tiny_corpus() / "tiny.py")
    rounding = tiny.replace(model=tiny.model.replace(dtype="bfloat16"))
    forced = rounding.replace(loading=tiny.loading.replace(precision="bfloat16"))
    taught = Distillation(teacher="runs/teacher", weight=0.5)
    assert sends_bfloat16(rounding, "gpu")
    assert sends_bfloat16(forced, "cpu")
    assert not sends_bfloat16(rounding, "cpu")
    assert not sends_bfloat16(tiny, "gpu")
    assert not sends_bfloat16(rounding.replace(distillation=taught), "gpu")
    with pytest.raises(ConfigError, match="CNN takes its input in float32"):
        sends_bfloat16(forced.replace(model=tiny.model), "gpu")
    with pytest.raises(ConfigError, match="the teacher standardizes the same features"):
        sends_bfloat16(forced.replace(distillation=taught), "gpu")


@pytest.mark.slow
@pytest.mark.usefixtures("compiled_once")
@pytest.mark.parametrize("mixup", [None, 0.4], ids=["plain", "mixup"])
def test_a_run_that_sends_bfloat16_has_the_losses_of_one_that_sends_float32(
    tiny_corpus, tmp_path, mixup
):
    tiny = load_config(tiny_corpus() / "tiny.py").replace(
        mixup=mixup,
        steps=6,
        evaluation=Evaluation(every=6, batch=24),
        checkpoints=Checkpoints(every=3),
    )
    splits = training_splits(tiny.data)
    runs = {}
    for precision in ("float32", "bfloat16"):
        runs[precision] = tiny.replace(
            model=tiny.model.replace(dtype="bfloat16"),
            loading=tiny.loading.replace(precision=precision),
        )
        train(runs[precision], splits, tmp_path / precision, quiet=True)
    losses = {name: started_runs.losses(tmp_path / name) for name in runs}
    assert len(losses["float32"]) == 6
    # A mixture is rounded once more.
    tolerance = 1e-6 if mixup is None else 0.01
    np.testing.assert_allclose(losses["bfloat16"], losses["float32"], atol=tolerance)

    resumed = shutil.copytree(tmp_path / "bfloat16", tmp_path / "resumed")
    shutil.rmtree(resumed / "checkpoints" / "latest" / "6")
    train(runs["bfloat16"], splits, resumed, resume=True, quiet=True)
    assert started_runs.identical(resumed, tmp_path / "bfloat16")


@pytest.mark.slow
def test_eight_devices_get_their_shares_in_bfloat16(tiny_corpus, tmp_path):
    config = tiny_corpus() / "tiny.py"
    environment = started_runs.environment(devices=8)
    # Compilation takes most of the time.
    environment["XLA_FLAGS"] += " --xla_backend_optimization_level=0"
    done = subprocess.run(
        [sys.executable, "-c", TRAINS, config, tmp_path],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for api in ("jit", "pmap"):
        sent = {name: tmp_path / api / name for name in ("float32", "bfloat16")}
        expected, losses = map(started_runs.losses, sent.values())
        assert len(expected) == 4
        np.testing.assert_allclose(losses, expected, atol=1e-5)
