"""Segment EER and range EER."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoofjax.errors import ScoreError
from spoofjax.evaluation.localisation import Localisation, ScoredTime
from spoofjax.evaluation.metrics import eer
from spoofjax.evaluation.weighted import weighted_eer


def scored(edges, scores, labels) -> ScoredTime:
    return ScoredTime(np.array(edges, float), np.array(scores, float), np.array(labels, np.int8))


TWO = Localisation(
    [
        scored([0.0, 0.16, 0.32, 0.5], [3.0, -2.0, 1.0], [1] * 8 + [0] * 8 + [1] * 9),
        scored([0.0, 0.64], [0.5], [0] * 16),
    ],
    0.02,
)
"""0.5 s with a spoof from 0.16 to 0.32 s, and 0.32 s of spoof alone with one score."""


def test_a_segment_is_spoof_if_any_part_is_and_has_the_lowest_score():
    fine = TWO.segments(0.16)
    assert fine.labels.tolist() == [1, 0, 1, 1, 0, 0]
    assert fine.scores.tolist() == [3.0, -2.0, 1.0, 1.0, 0.5, 0.5]
    assert fine.utterances.tolist() == [0, 0, 0, 0, 1, 1]
    coarse = TWO.segments(0.32)
    assert coarse.labels.tolist() == [0, 1, 0]
    assert coarse.scores.tolist() == [-2.0, 1.0, 0.5]


def test_what_has_no_score_or_no_label_does_not_count():
    late = scored([0.16, 0.32, 0.48, 0.96], [1.0, np.nan, -1.0], [1, 1, 1, 0])
    table = Localisation([late], 0.16)
    assert table.segments(0.16).scores.tolist() == [1.0, -1.0]
    assert table.segments(0.16).labels.tolist() == [1, 0]
    assert table.segments(0.64).scores.tolist() == [-1.0]
    assert table.ranges().seconds.tolist() == pytest.approx([0.16, 0.16])
    assert "low" not in table.to_json()["range"]  # a single utterance has no interval


def test_ranges_end_where_a_label_or_a_score_changes():
    parts = TWO.ranges()
    assert parts.seconds.tolist() == pytest.approx([0.16, 0.16, 0.18, 0.32])
    assert parts.scores.tolist() == [3.0, -2.0, 1.0, 0.5]
    assert parts.labels.tolist() == [1, 0, 1, 0]


def test_the_weighted_eer_is_that_on_paper():
    # 3 s of bona fide score 2, 1 s scores 0; 1 s of spoof scores 1, 1 s scores -1. Between the
    # scores 0 and 1, a quarter of bona fide is rejected and half of the spoof accepted; half of
    # the spoof at 1 makes both a quarter.
    scores, labels = np.array([2.0, 0.0, 1.0, -1.0]), np.array([1, 1, 0, 0])
    weights = np.array([3.0, 1.0, 1.0, 1.0])
    assert weighted_eer(scores, labels, weights) == pytest.approx(0.25)
    assert weighted_eer(-scores, labels, weights) == pytest.approx(0.75)
    assert weighted_eer(np.zeros(4), labels, weights) == 1.0  # as the EER of utterances
    with pytest.raises(ScoreError, match="no spoof part"):
        weighted_eer(scores[:2], labels[:2], weights[:2])
    with pytest.raises(ScoreError, match="must be finite"):
        weighted_eer(scores * np.nan, labels, weights)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_range_eer_is_the_segment_eer_of_short_segments(data):
    utterances = []
    for _ in range(3):
        cuts = data.draw(st.lists(st.integers(1, 63), min_size=1, max_size=4, unique=True))
        edges = np.array([0, *sorted(cuts), 64]) / 100
        scores = data.draw(
            # Not 0 and 1 alone, which would look like labels in the place of scores.
            st.lists(st.integers(2, 10), min_size=len(cuts) + 1, max_size=len(cuts) + 1)
        )
        begin, end = sorted(data.draw(st.tuples(st.integers(0, 31), st.integers(32, 64))))
        labels = np.ones(64, np.int8)
        labels[begin:end] = 0
        utterances.append(scored(edges, scores, labels))
    table = Localisation(utterances, 0.01)
    short = table.segments(0.01)
    parts = table.ranges()
    fine, _ = eer(
        np.repeat(short.scores[short.labels == 1], 10),
        np.repeat(short.scores[short.labels == 0], 10),
    )
    resolution = 1 / min(10 * np.sum(short.labels == label) for label in (0, 1))
    value = weighted_eer(parts.scores, parts.labels, parts.seconds)
    assert value == pytest.approx(fine, abs=resolution)


def test_the_table_has_all_lengths_and_intervals_over_utterances():
    random = np.random.default_rng(3)
    utterances = []
    for _ in range(40):
        labels = np.ones(100, np.int8)
        begin = int(random.integers(10, 60))
        labels[begin : begin + 30] = 0
        scores = np.where(labels[::4] == 1, 1.0, -1.0) + random.normal(size=25)
        utterances.append(scored(np.arange(26) * 0.08, scores, labels))
    table = Localisation(utterances, 0.02).to_json(resamples=60)
    assert [row["seconds"] for row in table["segments"]] == [0.02, 0.04, 0.08, 0.16, 0.32, 0.64]
    for row in (*table["segments"], table["range"]):
        assert row["low"] < row["eer"] < row["high"]
        assert row["high"] - row["low"] < 0.15
    assert table["range"]["spoof_seconds"] == pytest.approx(40 * 30 * 0.02)
    coarse = Localisation([one._replace(labels=one.labels[::16]) for one in utterances], 0.32)
    assert [row["seconds"] for row in coarse.to_json(20)["segments"]] == [0.32, 0.64]


def test_labels_and_scores_that_do_not_fit_are_told():
    with pytest.raises(ScoreError, match=r"do not divide 0\.64 s"):
        Localisation(TWO.utterances, 0.03)
    with pytest.raises(ScoreError, match="no utterance"):
        Localisation([], 0.02)
    with pytest.raises(ScoreError, match="2 edges for 2 scores"):
        Localisation([scored([0, 1], [1, 2], [1])], 0.02)
    with pytest.raises(ScoreError, match=r"make no segments of 0\.02 s"):
        Localisation([scored([0, 1], [1], [1])], 0.16).segments(0.02)
