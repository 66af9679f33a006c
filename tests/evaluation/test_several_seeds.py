"""Runs that differ only in their seed are summarised by mean, spread and interval."""

import pytest

from spoofjax.errors import ScoreError
from spoofjax.evaluation.seeds import several_seeds


def test_seeds_are_summarised_with_students_interval():
    summary = several_seeds([{"eer": 0.10, "auc": 0.9, "note": "x"}, {"eer": 0.14, "auc": 0.8}])
    assert summary["runs"] == 2
    assert summary["eer"]["mean"] == pytest.approx(0.12)
    assert summary["eer"]["best"] == 0.10
    assert summary["auc"]["best"] == 0.9
    # t with one degree of freedom: 12.706 standard errors to either side.
    assert summary["eer"]["high"] == pytest.approx(0.12 + 12.7062 * 0.02, rel=1e-4)
    assert "note" not in summary


def test_one_seed_has_no_spread_and_no_seed_is_an_error():
    assert several_seeds([{"eer": 0.1}])["eer"]["std"] is None
    with pytest.raises(ScoreError, match="no run"):
        several_seeds([])
