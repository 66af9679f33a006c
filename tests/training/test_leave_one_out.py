"""One attack or a fold of them is left out of training and scored; a series continues."""

import json

import numpy as np
import pytest

from spoofjax.cli import main
from spoofjax.config_files import load_config
from spoofjax.errors import ConfigError, CorpusError
from spoofjax.evaluation.left_out import left_out_result
from spoofjax.evaluation.scores import read_scores
from spoofjax.report.left_out import left_out_table
from spoofjax.runs.folder import RunFolder
from spoofjax.training.leave_one_out import Job, LeaveOneOut


@pytest.fixture(scope="module")
def experiment(tiny_corpus):
    return load_config(tiny_corpus() / "tiny.py")


def test_every_value_is_left_out_with_every_seed(experiment, tmp_path):
    series = LeaveOneOut(experiment, "attack", tmp_path, seeds=2)
    first = experiment.seed
    pairs = [("A01", 0), ("A01", 1), ("A02", 0), ("A02", 1)]
    assert series.jobs() == [Job(value, (value,), first + n) for value, n in pairs]


def test_folds_leave_out_several_values_of_train_and_dev_at_a_time(tiny_corpus, tmp_path):
    folder = tiny_corpus(tmp_path / "corpus")
    dev = folder / "ASVspoof5.dev.track_1.tsv"
    dev.write_text(dev.read_text().replace("A01", "A09"))
    series = LeaveOneOut(
        load_config(folder / "tiny.py"), "attack", tmp_path, seeds=1, against="dev", folds=2
    )
    assert [(job.part, job.values) for job in series.jobs()] == [
        ("fold-1-of-2", ("A01", "A09")),
        ("fold-2-of-2", ("A02",)),
    ]


def test_folds_that_choose_by_dev_score_nothing_of_eval(experiment, tmp_path):
    series = LeaveOneOut(experiment, "attack", tmp_path, against="dev", folds=2)
    scored = series.left_out(("A01",))
    assert (scored.label == 0).sum() == 10 + 6
    assert {name[0] for name in scored.ids} == {"T", "D"}


def test_more_folds_than_values_are_an_error(experiment, tmp_path):
    with pytest.raises(ConfigError, match="--folds must be 2 to 2"):
        LeaveOneOut(experiment, "attack", tmp_path, folds=3).jobs()


def test_the_left_out_spoofs_of_all_splits_are_scored_against_one_split(experiment, tmp_path):
    scored = LeaveOneOut(experiment, "attack", tmp_path).left_out(("A01",))
    assert set(scored.column("attack").tally()) == {"A01"}
    assert (scored.label == 0).sum() == 10 + 6 + 6
    assert {name[0] for name in scored.ids[scored.label == 1]} == {"E"}


def test_what_cannot_be_left_out_is_an_error(experiment, tmp_path):
    with pytest.raises(ConfigError, match="two or more"):
        LeaveOneOut(experiment, "codec", tmp_path).jobs()
    with pytest.raises(CorpusError, match="Did you mean"):
        LeaveOneOut(experiment, "attack", tmp_path, values=("A03",)).jobs()


def test_the_hardest_value_comes_first_in_the_table():
    random, labels = np.random.default_rng(0), np.repeat([1, 0], 50)
    results = [
        left_out_result(name, gap * labels + random.standard_normal((3, 100)), labels)
        for name, gap in (("easy", 4.0), ("hard", 0.5))
    ]
    assert all(one.eer.low < one.eer.value < one.eer.high for one in results)
    rows = left_out_table("attack", results).splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| hard", "| easy", "| mean"]


@pytest.mark.slow
def test_a_series_continues_where_it_stopped(tiny_corpus, tmp_path, capsys):
    config, out = tiny_corpus() / "tiny.py", tmp_path / "series"
    arguments = ["generalise", str(config), "--leave", "attack", "--seeds", "1"]
    arguments += ["--out", str(out), "--json", "--quiet", "--steps", "8", "--evaluation.every", "8"]
    assert main([*arguments, "--share", "2/2"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["missing_runs"] == 1
    assert not (out / "left-out.md").exists()
    folder = RunFolder(out / "attack-A02" / "seed-1")
    assert "A02" in folder.config.read_text()
    before = folder.weights.stat().st_mtime_ns

    assert main(arguments) == 0
    series = json.loads(capsys.readouterr().out)
    assert series["missing_runs"] == 0
    assert [one["value"] for one in series["results"]] == ["A01", "A02"]
    assert folder.weights.stat().st_mtime_ns == before
    scores = read_scores(out / "attack-A01" / "left-out.eval.seed-1.tsv")
    assert len(scores) == 12 + 10 + 6 + 6
    assert "| mean |" in (out / "left-out.md").read_text()
