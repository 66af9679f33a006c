"""Attacks told apart and unknown ones rejected, by logits that are written down."""

import numpy as np
import pytest

from spoofjax.evaluation.tracing import (
    UNKNOWN,
    attribution,
    principal_plane,
    rejection_threshold,
    tracing_metrics,
)

ATTACKS = ("A01", "A02")
LOGITS = np.array([[4.0, 0.0], [3.0, 1.0], [0.0, 5.0], [2.5, 2.0], [0.5, 0.0], [0.0, 1.0]])
NAMES = ["A01", "A01", "A02", "A02", "A09", "A09"]


def test_known_attacks_are_counted_and_unknown_ones_rejected():
    threshold = rejection_threshold(LOGITS, NAMES, ATTACKS)["threshold"]
    metrics = tracing_metrics(LOGITS, NAMES, ATTACKS, threshold)
    assert metrics["accuracy"] == 3 / 4
    assert metrics["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert metrics["rejection_auroc"] == 1.0
    # The threshold is the highest score of an unknown attack, and a score at it is accepted.
    assert (metrics["known_rejected"], metrics["unknown_rejected"]) == (0.0, 0.5)
    assert metrics["rows"][2]["likeliest"] == {"A01": 1, "A02": 1}


def test_nothing_is_called_unknown_where_scores_do_not_tell():
    reversed_names = ["A09", "A09", "A09", "A09", "A01", "A02"]
    decision = {"tracing": rejection_threshold(LOGITS, reversed_names, ATTACKS)}
    assert decision["tracing"]["threshold"] is None
    assert attribution(LOGITS[4], ATTACKS, decision).attack == "A01"


def test_one_kind_of_attack_on_dev_is_enough():
    known = rejection_threshold(LOGITS[:4], NAMES[:4], ATTACKS)
    decision = {"tracing": known}
    assert attribution(LOGITS[4], ATTACKS, decision) == (UNKNOWN, "A01", 0.5)
    unknown = rejection_threshold(LOGITS[4:], NAMES[4:], ATTACKS)
    assert "unknown attacks are rejected" in unknown["threshold_from"]
    assert rejection_threshold(LOGITS, ["-"] * 6, ATTACKS)["threshold"] is None


def test_the_map_does_not_depend_on_the_scale_of_coefficients():
    vectors = np.random.default_rng(3).normal(size=(40, 5))
    plane = principal_plane(vectors)
    assert plane.shape == (40, 2)
    np.testing.assert_allclose(principal_plane(vectors * [1, 10, 0.1, 3, 7]), plane, atol=1e-9)
