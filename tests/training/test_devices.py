"""Losses and scores are the same on one device and on several."""

import subprocess
import sys

import numpy as np
import pytest
import started_runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# One process sees eight devices of the host and trains on more and more of them: starting jax
# anew for each would take longer than the training.
TRAINS = """
import sys
from pathlib import Path
from spoofjax.config import Parallel
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import ConfigError
from spoofjax.cluster.compilation import use_compilation_cache
from spoofjax.training.best_checkpoint import evaluate_best
from spoofjax.training.loop import train
from spoofjax.training.optimizers import SGD
from spoofjax.runs.folder import RunFolder

config, out = Path(sys.argv[1]), Path(sys.argv[2])
use_compilation_cache()
tiny = load_config(config, ["--steps", "50"])
manifests = training_splits(tiny.data)

def run(name, experiment, resume=False, **parallel):
    one = experiment.replace(parallel=Parallel(**parallel))
    train(one, manifests, out / name, resume=resume, quiet=True)

wide = tiny.replace(model=tiny.model.replace(channels=(64, 128)), steps=20)
short = tiny.replace(steps=20)
sgd = short.replace(optimizer=SGD(learning_rate=0.05, momentum=0.9))
RUNS = {
    "devices-1": (tiny, dict(devices=1)),
    "devices-2": (tiny, dict(devices=2)),
    "devices-8": (tiny, dict(devices=8)),
    "wide": (wide, dict(devices=4)),
    "sharded": (wide, dict(devices=4, shard_parameters=True)),
    "jit": (short, dict(devices=4)),
    "pmap": (short, dict(devices=4, api="pmap")),
    "jit-sgd": (sgd, dict(devices=4)),
    "pmap-sgd": (sgd, dict(devices=4, api="pmap")),
}
for name, (experiment, parallel) in RUNS.items():
    run(name, experiment, **parallel)

try:
    run("odd", tiny.replace(batch=18), devices=4)
except ConfigError as error:
    (out / "odd.txt").write_text(str(error))
try:
    run("many", tiny, devices=9)
except ConfigError as error:
    (out / "many.txt").write_text(str(error))
"""


@pytest.fixture(scope="module")
def trained(tiny_corpus, tmp_path_factory):
    """The folder of all runs."""
    out = tmp_path_factory.mktemp("devices")
    done = subprocess.run(
        [sys.executable, "-c", TRAINS, tiny_corpus() / "tiny.py", out],
        env=started_runs.environment(devices=8),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return out


def assert_same_losses(runs, devices):
    one = started_runs.losses(runs / "devices-1")
    assert len(one) == 50
    assert one[-5:].mean() < 0.8 * one[:5].mean()  # there is something to compare: it learns
    many = started_runs.losses(runs / f"devices-{devices}")
    np.testing.assert_allclose(many, one, atol=1e-4, rtol=0)


def assert_same_scores(runs, devices):
    for split in ("dev", "eval"):
        one = started_runs.scores(runs / "devices-1", split)
        assert len(one) == 24  # not a multiple of the batch: the last one is padded and masked
        many = started_runs.scores(runs / f"devices-{devices}", split)
        np.testing.assert_allclose(many, one, atol=1e-5, rtol=0)


@pytest.mark.parametrize("devices", [2, 8])
def test_two_and_eight_devices_learn_as_one_does(trained, devices):
    assert_same_losses(trained, devices)
    assert_same_scores(trained, devices)


def test_split_parameters_train_as_whole_ones_do(trained):
    copied, split = trained / "wide", trained / "sharded"
    assert max(array.size for array in started_runs.weights(copied).values()) >= 2**14
    np.testing.assert_allclose(
        started_runs.losses(split), started_runs.losses(copied), atol=1e-4, rtol=0
    )
    np.testing.assert_allclose(
        started_runs.scores(split, "dev"), started_runs.scores(copied, "dev"), atol=1e-4, rtol=0
    )


def test_pmap_gives_the_loss_curve_of_jit_with_dropout_on(trained):
    np.testing.assert_allclose(
        started_runs.losses(trained / "pmap"),
        started_runs.losses(trained / "jit"),
        atol=1e-4,
        rtol=0,
    )


def test_pmap_gives_the_parameters_of_jit_by_plain_gradient_descent(trained):
    jit, pmap = (
        started_runs.weights(trained / "jit-sgd"),
        started_runs.weights(trained / "pmap-sgd"),
    )
    assert jit.keys() == pmap.keys()
    for name in jit:
        np.testing.assert_allclose(pmap[name], jit[name], atol=1e-5, rtol=0, err_msg=name)


def test_a_batch_that_does_not_divide_is_an_error_with_a_remedy(trained):
    output = (trained / "odd.txt").read_text()
    assert "batch of 18" in output
    assert "4 devices" in output
    assert "--batch 16 or 20" in output


def test_more_devices_than_there_are_is_an_error(trained):
    assert "9, but there are 8 device(s)" in (trained / "many.txt").read_text()
