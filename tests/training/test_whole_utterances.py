"""Training on whole utterances, by buckets: it learns, resumes, and does not depend on devices."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import started_runs
from tiny import BUCKETS

from spoofjax.config import Clip
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import ConfigError, Preempted
from spoofjax.models import CNN
from spoofjax.training.first_batches import feature_statistics
from spoofjax.training.input import training_input
from spoofjax.training.loop import train

pytestmark = pytest.mark.usefixtures("compiled_once")

# As in test_devices: one process trains on more and more devices of the host.
TRAINS = """
import sys
from pathlib import Path
from spoofjax.config import Parallel
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import ConfigError
from spoofjax.cluster.compilation import use_compilation_cache
from spoofjax.training.loop import train

use_compilation_cache()
tiny = load_config(Path(sys.argv[1]))
out, manifests = Path(sys.argv[2]), training_splits(tiny.data)

def run(name, experiment=tiny, **parallel):
    one = experiment.replace(parallel=Parallel(**parallel))
    train(one, manifests, out / name, quiet=True)

run("two", devices=2)
run("pmap", devices=2, api="pmap")
try:
    run("three", devices=3)
except ConfigError as error:
    (out / "three.txt").write_text(str(error))
"""


@pytest.fixture(scope="module")
def tiny(uneven_corpus):
    """The tiny experiment with buckets: 40 steps, a checkpoint after every tenth."""
    experiment = load_config(uneven_corpus / "tiny.py")
    return experiment.replace(clip=experiment.clip.replace(buckets=BUCKETS))


@pytest.fixture(scope="module")
def manifests(tiny):
    return training_splits(tiny.data)


@pytest.fixture(scope="module")
def uninterrupted(tiny, manifests, tmp_path_factory):
    """The folder of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole") / "uninterrupted"
    train(tiny, manifests, folder, quiet=True)
    return folder


@pytest.fixture(scope="module")
def trained(uneven_corpus, tmp_path_factory):
    """The folder of runs on two devices."""
    out = tmp_path_factory.mktemp("devices")
    done = subprocess.run(
        [sys.executable, "-c", TRAINS, uneven_corpus / "tiny.py", out],
        env=started_runs.environment(devices=3),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.slow
def test_a_run_learns_and_counts_what_it_drew(tiny, manifests, uninterrupted):
    losses = started_runs.losses(uninterrupted)
    assert len(losses) == 40
    assert losses[-8:].mean() < 0.8 * losses[:8].mean()
    assert (
        len(started_runs.scores(uninterrupted, "dev"))
        == len(started_runs.scores(uninterrupted, "eval"))
        == 24
    )
    batches = training_input(tiny, manifests["train"])
    sizes = [batches.schedule.at(step)[0].size for step in range(40)]
    batches.close()
    rows = [row for row in started_runs.rows(uninterrupted) if "loss" in row]
    drawn = [row["drawn_bonafide"] for row in rows]
    assert [2 * more for more in np.diff([0, *drawn])] == sizes
    assert all(row["drawn_spoof"] == row["drawn_bonafide"] for row in rows)


@pytest.mark.slow
def test_a_stopped_run_ends_with_the_bits_of_an_uninterrupted_one(
    tiny, manifests, uninterrupted, tmp_path
):
    folder = tmp_path / "run"

    def terminate():
        while not any(row["step"] >= 5 for row in started_runs.rows(folder)):
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGTERM)

    scheduler = threading.Thread(target=terminate)
    scheduler.start()
    with pytest.raises(Preempted):
        train(tiny, manifests, folder, quiet=True)
    scheduler.join()
    assert 5 <= started_runs.steps_of(folder)[-1] < 40
    train(tiny, manifests, folder, resume=True, quiet=True)
    assert started_runs.identical(folder, uninterrupted)
    assert (started_runs.losses(folder) == started_runs.losses(uninterrupted)).all()


@pytest.mark.slow
def test_an_epoch_is_that_of_the_schedule(tiny, manifests, tmp_path, capsys):
    train(tiny.replace(steps=None, epochs=9.9), manifests, tmp_path / "run")
    output = capsys.readouterr().err
    assert "40 steps of 8 to 24 utterances, 4 an epoch" in output
    assert "bucket of 0.25 s: 4 bona fide, 4 spoof; 1 of an epoch's 4 steps, of 24 utterances" in (
        output
    )
    assert len(started_runs.losses(tmp_path / "run")) == 40


@pytest.mark.slow
@pytest.mark.parametrize("other", ["two", "pmap"])
def test_the_loss_curve_does_not_depend_on_the_devices(uninterrupted, trained, other):
    one, two = started_runs.losses(uninterrupted), started_runs.losses(trained / other)
    np.testing.assert_allclose(two, one, atol=1e-4, rtol=0)


@pytest.mark.slow
def test_a_multiple_that_does_not_divide_is_an_error_with_a_remedy(trained):
    output = (trained / "three.txt").read_text()
    assert "multiples of 4 utterances, but 3 device(s)" in output
    assert "--clip.train-multiple 12" in output


@pytest.mark.slow
def test_two_processes_train_like_one(uneven_corpus, uninterrupted, tmp_path):
    started_runs.train_together(2, uneven_corpus / "tiny.py", "--quiet", "--out", tmp_path / "run")
    one, two = started_runs.losses(uninterrupted), started_runs.losses(tmp_path / "run")
    np.testing.assert_allclose(two, one, atol=1e-4, rtol=0)


def test_a_model_of_fixed_frames_says_so_before_it_trains(tiny, manifests, tmp_path):
    fixed = tiny.replace(model=CNN(channels=(8, 16), hidden=16, pooling="flatten", frames=49))
    with pytest.raises(ConfigError, match="made for 49 frames, but its input has 24"):
        train(fixed, manifests, tmp_path / "run", quiet=True)


def test_statistics_of_features_leave_padding_out(tiny, manifests):
    clip = Clip(train=6_400, evaluate=8_000, short="pad", train_buckets=(40_000,))
    batches = training_input(tiny.replace(clip=clip), manifests["train"])
    mean, deviation = feature_statistics(batches)
    first_batches = [batches.batch(step) for step in range(8)]
    own = [
        f[:n] for batch in first_batches for f, n in zip(batch.features, batch.lengths, strict=True)
    ]
    np.testing.assert_allclose(mean, np.concatenate(own).mean(0), atol=1e-4)
    np.testing.assert_allclose(deviation, np.concatenate(own).std(0), atol=1e-4)
    batches.close()
