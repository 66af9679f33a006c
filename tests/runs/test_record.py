"""A recorded run is read from its folder, and runs are named by their paths."""

from pathlib import Path

import pytest

from spoofjax.errors import RunError
from spoofjax.runs.record import RunRecord, distinct_names


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        RunRecord.read(tmp_path)


def test_a_folder_of_seeds_names_the_runs_in_it(tmp_path):
    for seed in (1, 2):
        (tmp_path / f"seed-{seed}").mkdir()
        (tmp_path / f"seed-{seed}" / "config.json").write_text("{}")
    with pytest.raises(RunError, match=r"is not one run but holds 2: name a run, such as .*seed-1"):
        RunRecord.read(tmp_path)
    with pytest.raises(RunError, match="there is no such folder"):
        RunRecord.read(tmp_path / "gone")


def test_runs_are_told_apart_by_as_much_of_their_path_as_it_takes():
    assert distinct_names([Path("/a/x"), Path("/a/y")]) == ["x", "y"]
    assert distinct_names([Path("/a/x"), Path("/b/x")]) == ["a/x", "b/x"]
    with pytest.raises(RunError, match="named twice"):
        distinct_names([Path("/a/x"), Path("/a/x")])
