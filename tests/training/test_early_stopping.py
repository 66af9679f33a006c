"""Early stopping: a run that no longer improves ends, at the same step if it is interrupted."""

import math

import pytest
import started_runs

from spoofjax.config import Stop
from spoofjax.training.patience import Patience

OPTIONS = ("--stop.patience", 2, "--evaluation.every", 4, "--steps", 400)


def result(min_dcf=0.5, eer=0.2):
    return {"dev.min_dcf": min_dcf, "dev.eer": eer}


def after_evaluations(patience, *results):
    for one in results:
        patience.update(one)
    return patience


def test_patience_ends_after_so_many_evaluations_without_a_new_best():
    patience = after_evaluations(Patience(Stop(patience=2)), result(0.5), result(0.6), result(0.4))
    assert not patience.is_exhausted
    assert not after_evaluations(patience, result(0.4)).is_exhausted
    assert after_evaluations(patience, result(math.nan)).is_exhausted


def test_the_measure_is_chosen():
    results = [result(0.5, eer=0.2), result(0.4, eer=0.2), result(0.3, eer=0.2)]
    assert after_evaluations(Patience(Stop(patience=2, measure="eer")), *results).is_exhausted
    assert not after_evaluations(Patience(Stop(patience=2)), *results).is_exhausted


def test_by_default_training_does_not_stop_early():
    assert not after_evaluations(Patience(Stop()), *[result()] * 100).is_exhausted


def test_a_checkpoint_records_the_count():
    before = after_evaluations(Patience(Stop(patience=2)), result(0.5), result(0.6))
    after = Patience(Stop(patience=2))
    after.restore(before.notes)
    assert after_evaluations(after, result(0.5)).is_exhausted


@pytest.mark.slow
def test_the_last_steps_before_a_stop_are_in_the_history(tiny_corpus, tmp_path):
    out = tmp_path / "run"
    config = tiny_corpus() / "tiny.py"
    output = started_runs.train(config, "--out", out, *OPTIONS, "--log-every", 7)
    rows = started_runs.rows(out)
    last = max(row["step"] for row in rows if "dev.eer" in row)
    assert last < 400
    assert last % 7
    assert f"stopped after step {last}" in output
    assert max(row["step"] for row in rows if "loss" in row) == last


@pytest.mark.slow
def test_an_interrupted_run_stops_where_an_uninterrupted_one_does(tiny_corpus, tmp_path):
    config = tiny_corpus() / "tiny.py"
    uninterrupted, interrupted = tmp_path / "uninterrupted", tmp_path / "interrupted"
    started_runs.train(config, "--out", uninterrupted, *OPTIONS)
    last = len(started_runs.losses(uninterrupted))
    assert 8 < last < 400
    process = started_runs.start(config, "--out", interrupted, *OPTIONS)
    [(status, output)] = started_runs.interrupt(interrupted, last - 3, process)
    assert status in (75, 0), output
    started_runs.train(config, "--out", interrupted, *OPTIONS, "--resume")
    assert len(started_runs.losses(interrupted)) == last
    assert started_runs.identical(uninterrupted, interrupted)
    # A run that has stopped stays as it is when it is started again.
    started_runs.train(config, "--out", interrupted, *OPTIONS, "--resume")
    assert len(started_runs.losses(interrupted)) == last
