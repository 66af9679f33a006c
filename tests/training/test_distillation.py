"""Runs that learn from a teacher: what it says of their clips, and which teachers are refused."""

from contextlib import closing
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import untrained_runs

from spoofjax.config_files import load_config
from spoofjax.deployment.detector import Detector
from spoofjax.distillation import Distillation
from spoofjax.errors import ConfigError, RunError
from spoofjax.features import LogMel
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.starting import resolved
from spoofjax.training.assembly import assemble
from spoofjax.training.beside import disagreement, loss_beside
from spoofjax.training.input import training_input


@pytest.fixture(scope="module")
def experiment(tiny_corpus):
    return load_config(tiny_corpus() / "tiny.py").replace(batch=8)


@pytest.fixture(scope="module")
def teacher(experiment, tmp_path_factory):
    """A detector with a mel filter bank, which the experiment does not have."""
    folder = tmp_path_factory.mktemp("teacher") / "run"
    return untrained_runs.write_run(folder, experiment.replace(front_end=LogMel(filters=20)))


def taught(experiment, path, **changes):
    return experiment.replace(distillation=Distillation(teacher=str(path)), **changes)


@pytest.mark.parametrize("has_same_front_end", [True, False])
def test_a_teacher_judges_the_clips_that_the_model_hears(experiment, teacher, has_same_front_end):
    if has_same_front_end:
        experiment = experiment.replace(front_end=RunFolder(teacher).experiment().front_end)
    experiment = taught(experiment, teacher)
    assembly = assemble(experiment, 1)
    assert assembly.takes_samples != has_same_front_end
    train = experiment.data.manifest("train")
    with closing(
        training_input(experiment, train, sends_samples=assembly.takes_samples)
    ) as batches:
        batch = batches.batch(0)
        clips, lengths = batches.clips(0)
    detector = Detector.load(teacher)
    expected = detector.score(clips, lengths)  # its threshold is 0
    np.testing.assert_allclose(assembly.put(batch).teacher, expected, rtol=1e-2, atol=1e-2)


def test_the_loss_is_least_where_model_and_teacher_agree():
    log_odds, same = jnp.array([-3.0, 0.5, 4.0]), jnp.array([-3.0, 0.5, 4.0])
    np.testing.assert_allclose(disagreement(log_odds, same, 2.0), 0, atol=1e-6)
    slope = jax.grad(lambda x: disagreement(x, same, 2.0).sum())(log_odds + 1)
    expected = 2.0 * (jax.nn.sigmoid((log_odds + 1) / 2) - jax.nn.sigmoid(same / 2))
    np.testing.assert_allclose(slope, expected, rtol=1e-4)


def test_a_run_without_a_teacher_has_no_other_loss(experiment):
    assert loss_beside(experiment) is None


def test_a_run_records_which_teacher_it_had(experiment, teacher):
    train = experiment.data.manifest("train")
    known = resolved(taught(experiment, teacher), train).distillation
    assert len(known.digest) == 64
    other = experiment.replace(distillation=replace(known, digest="0" * 64))
    with pytest.raises(ConfigError, match="other weights than the teacher"):
        resolved(other, train)


def test_teachers_that_cannot_hear_the_clips_are_refused(experiment, teacher, tmp_path):
    train = experiment.data.manifest("train")
    with pytest.raises(RunError, match="holds no run"):
        resolved(taught(experiment, tmp_path / "nothing"), train)
    loud = taught(experiment, teacher, clip=replace(experiment.clip, level_dbfs=-20.0))
    with pytest.raises(ConfigError, match="and those of this run -20"):
        resolved(loud, train)
    with pytest.raises(ConfigError, match="mixup"):
        resolved(taught(experiment, teacher, mixup=0.4), train)
