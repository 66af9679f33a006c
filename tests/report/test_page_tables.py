"""The tables of a page as plain values."""

import pytest

from spoofjax.report.numbers import spread
from spoofjax.report.tables import headline_rows
from spoofjax.runs.record import RunRecord


def test_marks_of_one_column_share_a_scale(make_run):
    run = RunRecord.read(make_run("ours"))
    around = {split: spread(scored, 200) for split, scored in run.scored.items()}
    for column in zip(*(row["cells"] for row in headline_rows([run], [around])), strict=True):
        places = [cell[key] for cell in column for key in ("at_low", "at_value", "at_high")]
        assert min(places) == 0
        assert max(places) == pytest.approx(100)
