"""Deletion tests of many utterances become a difference with an interval."""

from __future__ import annotations

import numpy as np
import pytest

from spoofjax.errors import ScoreError
from spoofjax.evaluation.deletion import deletion_study


def test_the_interval_holds_the_difference_to_random_regions():
    generator = np.random.default_rng(0)
    random = generator.normal(1.0, 0.5, (200, 19))
    study = deletion_study(generator.normal(3.0, 1.0, 200), random)
    assert study.difference.low < 2.0 < study.difference.high
    assert study.difference.value == pytest.approx(study.marked - study.random)
    assert study.passed > 0.8


def test_marks_at_random_pass_once_in_twenty_times():
    generator = np.random.default_rng(1)
    study = deletion_study(generator.normal(size=4_000), generator.normal(size=(4_000, 19)))
    assert study.passed == pytest.approx(1 / 20, abs=0.015)
    assert study.difference.low < 0 < study.difference.high


@pytest.mark.parametrize(
    ("moved", "random", "message"),
    [
        ([1.0], [[0.0]], "at least two"),
        ([1.0, 2.0], [[0.0]], "do not fit"),
        ([1.0, np.nan], [[0.0], [0.0]], "not finite"),
    ],
)
def test_unfit_arrays_are_refused(moved, random, message):
    with pytest.raises(ScoreError, match=message):
        deletion_study(moved, random)
