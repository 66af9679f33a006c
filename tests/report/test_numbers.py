"""Intervals over speakers, and summaries of runs that differ in their seed."""

from dataclasses import replace

import numpy as np
import pytest

from spoofjax.corpora.column import Column
from spoofjax.report.numbers import differences, over_seeds, spread
from spoofjax.runs.record import RunRecord


def test_runs_of_several_seeds_are_summed_up(make_run):
    runs = [RunRecord.read(make_run(f"s{n}", seed=n, drawn=n)) for n in (1, 2, 3)]
    assert differences(runs) == [("seed", ["1", "2", "3"])]
    rates = [run.metrics["eval"]["eer"] for run in runs]
    assert over_seeds(runs)["eval"]["eer"]["mean"] == pytest.approx(np.mean(rates))
    assert not over_seeds(runs[:1])


def test_speakers_are_resampled_only_where_there_are_enough(make_run, experiment):
    assert spread(RunRecord.read(make_run("few")).scored["eval"], 100).speakers == {}
    manifest = experiment.data.manifest("eval")
    many = np.tile(manifest.ids, 4)
    rows = manifest.take(np.tile(np.arange(len(manifest)), 4))
    speakers = Column.of([f"s{n // 2 % 24}" for n in range(len(rows))])
    ids = np.array([f"{name}_{n}" for n, name in enumerate(many)])
    rows = replace(rows, ids=ids, columns={**rows.columns, "speaker": speakers})
    scored = RunRecord.read(make_run("many", manifests={"eval": rows})).scored["eval"]
    assert spread(scored, 100).speakers["eer"].value == scored.metrics["eer"]
