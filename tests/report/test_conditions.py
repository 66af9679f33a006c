"""Tables of the EER by any column of the corpus, and by crossings of two."""

from drawn_runs import page_of, reports_of, two_genders

from spoofjax.cli import main
from spoofjax.report.conditions import condition_tables
from spoofjax.report.numbers import grouped
from spoofjax.runs.record import RunRecord


def test_any_column_can_be_asked_for_without_evaluating_again(make_run, experiment):
    manifests = {split: two_genders(experiment.data.manifest(split)) for split in ("dev", "eval")}
    run = make_run("run", manifests=manifests)
    page, markdown = reports_of(run, by="gender", resamples=0, examples=0)
    assert "eval, EER by gender" in page
    assert "EER by attack" not in page
    assert "## eval by gender" in markdown
    assert "| F | " in markdown
    assert "| M | " in markdown


def test_a_crossing_without_its_margins_has_none(make_run, experiment):
    manifest = two_genders(experiment.data.manifest("dev"))
    record = RunRecord.read(make_run("run", manifests={"dev": manifest, "eval": manifest}))
    [table, _] = condition_tables([grouped(record, ["attack x gender"])])
    assert table["across"] == ["F", "M"]
    assert [row["name"] for row in table["rows"]] == ["A01", "A02"]


def test_several_runs_stand_side_by_side_in_every_column(make_run, experiment):
    manifest = two_genders(experiment.data.manifest("dev"))
    folders = [make_run(name, manifests={"dev": manifest, "eval": manifest}) for name in "ab"]
    page = page_of(*folders, by="gender", resamples=0, examples=0)
    assert "dev, EER by gender" in page


def test_a_column_that_the_corpus_lacks_is_named(make_run, capsys):
    assert main(["report", str(make_run("run")), "--by", "codec"]) == 1
    assert "There is no column 'codec' to group by" in capsys.readouterr().err


def test_attacks_that_training_never_heard_are_marked(make_run):
    [_, table] = condition_tables([RunRecord.read(make_run("ours"))], {"A01"})
    new = {row["name"]: row["new"] for row in table["rows"]}
    assert new == {"A01": False, "A02": True, "all": False}
