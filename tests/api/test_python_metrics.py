"""Metrics of labels and scores, in this order; other orders are told, not computed."""

import numpy as np
import pytest

import spoofjax
from spoofjax.errors import ScoreError, SpoofjaxError
from spoofjax.evaluation import metrics

LABELS = np.array([1, 1, 1, 1, 0, 0, 0, 0])
SCORES = np.array([2.0, 1.5, 0.4, -0.3, 0.1, -0.5, -1.0, -2.0])
FUNCTIONS = ("eer", "eer_threshold", "min_dcf", "act_dcf", "cllr", "min_cllr", "auc", "metrics")


def test_the_numbers_are_those_of_the_definitions():
    classes = SCORES[LABELS == 1], SCORES[LABELS == 0]
    assert (spoofjax.eer(LABELS, SCORES), spoofjax.eer_threshold(LABELS, SCORES)) == (
        metrics.eer(*classes)
    )
    assert spoofjax.eer(LABELS, SCORES) == 0.25
    assert spoofjax.auc(LABELS, SCORES) == 15 / 16
    assert spoofjax.min_dcf(LABELS, SCORES) == metrics.min_dcf(*classes)
    assert spoofjax.act_dcf(LABELS, SCORES) == metrics.act_dcf(*classes)
    assert spoofjax.cllr(LABELS, SCORES) == metrics.cllr(*classes)
    assert spoofjax.min_cllr(LABELS, SCORES) == metrics.min_cllr(*classes)
    assert spoofjax.det_curve(LABELS, SCORES)[0].shape == (9,)
    assert spoofjax.metrics(LABELS, SCORES)["eer"] == 0.25
    assert spoofjax.metrics(LABELS, SCORES, llrs=2 * SCORES)["cllr"] == metrics.cllr(
        *(2 * scores for scores in classes)
    )


def test_lists_and_booleans_serve_as_well():
    assert spoofjax.eer((LABELS == 1).tolist(), SCORES.tolist()) == 0.25


def test_costs_change_the_detection_cost():
    assert spoofjax.act_dcf(LABELS, SCORES) == 0.5
    # Where accepting a spoof costs this much, the threshold lies above all scores.
    assert spoofjax.act_dcf(LABELS, SCORES, spoofjax.Costs(0.5, miss=1, false_alarm=8)) == 1.0


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("labels", "scores", "words"),
    [
        (SCORES, LABELS, "labels come first"),
        (LABELS, np.where(SCORES > 1, np.nan, SCORES), "not finite"),
        (LABELS[:-1], SCORES, "one label per score"),
        (np.ones(8, int), SCORES, "no spoof score"),
        (LABELS + 1, SCORES, "neither 1"),
        (np.where(LABELS, "bonafide", "spoof"), SCORES, "neither 1"),
    ],
)
def test_unfit_arrays_are_one_clear_error(function, labels, scores, words):
    with pytest.raises(ValueError, match=words) as error:
        getattr(spoofjax, function)(labels, scores)
    assert isinstance(error.value, SpoofjaxError)


@pytest.mark.parametrize(
    "function", ["eer", "min_dcf", "act_dcf", "cllr", "min_cllr", "auc", "rocch_eer", "det_curve"]
)
def test_metrics_by_class_refuse_labels(function):
    for arrays in ((SCORES, LABELS), (LABELS, SCORES)):
        with pytest.raises(ScoreError, match=r"spoofjax\.eer\(labels, scores\)"):
            getattr(metrics, function)(*arrays)


def test_decisions_of_zero_and_one_are_scores_too():
    assert spoofjax.auc([1, 1, 0, 0], [1, 0, 0, 0]) == 0.75
    assert metrics.auc([1, 0], [0, 0]) == 0.75
