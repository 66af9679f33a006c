"""A finished run that gets more steps becomes the run that was longer from the start."""

import pytest
import started_runs

from spoofjax.config import Evaluation
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.training.loop import train

pytestmark = pytest.mark.usefixtures("compiled_once")


@pytest.fixture(scope="module")
def tiny(tiny_corpus):
    """An experiment at a constant learning rate that is evaluated after every fourth step."""
    experiment = load_config(tiny_corpus() / "tiny.py")
    return experiment.replace(
        optimizer=experiment.optimizer.replace(schedule="constant"),
        evaluation=Evaluation(every=4, batch=16, warm_up=0),
        steps=12,
    )


def evaluations(folder):
    """The results on dev in a run's history, by step."""
    rows = [row for row in started_runs.rows(folder) if "dev.eer" in row]
    return {row["step"]: {**row, "seconds": None} for row in rows}


@pytest.mark.slow
def test_a_run_of_8_and_4_steps_equals_one_of_12(tiny, tmp_path):
    manifests = training_splits(tiny.data)
    uninterrupted, extended = tmp_path / "whole", tmp_path / "parts"
    train(tiny, manifests, uninterrupted, quiet=True)
    train(tiny.replace(steps=8), manifests, extended, quiet=True)
    train(tiny, manifests, extended, resume=True, quiet=True)
    assert started_runs.identical(extended, uninterrupted)
    assert (started_runs.losses(extended) == started_runs.losses(uninterrupted)).all()
    assert list(evaluations(uninterrupted)) == [4, 8, 12]
    assert evaluations(extended) == evaluations(uninterrupted)


@pytest.mark.slow
def test_an_earlier_end_between_two_evaluations_stays_an_evaluation(tiny, tmp_path):
    manifests = training_splits(tiny.data)
    train(tiny.replace(steps=6), manifests, tmp_path, quiet=True)
    train(tiny, manifests, tmp_path, resume=True, quiet=True)
    assert list(evaluations(tmp_path)) == [4, 6, 8, 12]
