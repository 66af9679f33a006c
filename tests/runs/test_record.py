"""A recorded run is read from its folder, and runs are named by their paths."""

from pathlib import Path

import pytest

from spoofjax.errors import RunError
from spoofjax.runs.record import RunRecord, distinct_names


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        RunRecord.read(tmp_path)


def test_runs_are_told_apart_by_as_much_of_their_path_as_it_takes():
    assert distinct_names([Path("/a/x"), Path("/a/y")]) == ["x", "y"]
    assert distinct_names([Path("/a/x"), Path("/b/x")]) == ["a/x", "b/x"]
    with pytest.raises(RunError, match="named twice"):
        distinct_names([Path("/a/x"), Path("/a/x")])
