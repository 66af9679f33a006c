"""Attacks told apart and unknown ones rejected, by logits that are written down."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from spoofjax.evaluation.attribution import UNKNOWN, attribution
from spoofjax.evaluation.known_attacks import KnownAttacks
from spoofjax.evaluation.metrics import auc
from spoofjax.evaluation.rejection import rejection_scores, rejection_threshold
from spoofjax.evaluation.tracing import principal_plane, tracing_metrics

ATTACKS = ("A01", "A02")
LOGITS = np.array([[4.0, 0.0], [3.0, 1.0], [0.0, 5.0], [2.5, 2.0], [0.5, 0.0], [0.0, 1.0]])
NAMES = ["A01", "A01", "A02", "A02", "A09", "A09"]
SCORES = rejection_scores(LOGITS, np.zeros((6, 1)), None)
"""The largest logits."""


def test_known_attacks_are_counted_and_unknown_ones_rejected():
    threshold = rejection_threshold(SCORES, NAMES, ATTACKS)["threshold"]
    metrics = tracing_metrics(LOGITS, SCORES, NAMES, ATTACKS, threshold)
    assert metrics["accuracy"] == 3 / 4
    assert metrics["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert metrics["rejection_auroc"] == 1.0
    # The threshold is the highest score of an unknown attack, and a score at it is accepted.
    assert (metrics["known_rejected"], metrics["unknown_rejected"]) == (0.0, 0.5)
    assert metrics["rows"][2]["likeliest"] == {"A01": 1, "A02": 1}


def test_nothing_is_called_unknown_where_scores_do_not_tell():
    reversed_names = ["A09", "A09", "A09", "A09", "A01", "A02"]
    decision = {"tracing": rejection_threshold(SCORES, reversed_names, ATTACKS)}
    assert decision["tracing"]["threshold"] is None
    assert attribution(LOGITS[4], SCORES[4], ATTACKS, decision).attack == "A01"


def test_one_kind_of_attack_on_dev_is_enough():
    known = rejection_threshold(SCORES[:4], NAMES[:4], ATTACKS)
    decision = {"tracing": known}
    assert attribution(LOGITS[4], SCORES[4], ATTACKS, decision) == (UNKNOWN, "A01", 0.5)
    unknown = rejection_threshold(SCORES[4:], NAMES[4:], ATTACKS)
    assert "unknown attacks are rejected" in unknown["threshold_from"]
    assert rejection_threshold(SCORES, ["-"] * 6, ATTACKS)["threshold"] is None


def test_distances_give_the_likelihood_ratio_of_the_likeliest_attack():
    random, width = np.random.default_rng(7), 6
    classes, mixing = np.arange(40_000) % 3 - 1, random.normal(size=(width, width))
    embedding = random.normal(size=(40_000, width)) @ mixing + 2 * np.eye(width)[classes + 1]
    on_sphere = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
    means = [on_sphere[classes == place].mean(axis=0) for place in (-1, 0, 1)]
    covariance = np.cov(
        np.concatenate([on_sphere[classes == n] - means[n + 1] for n in (-1, 0, 1)]).T
    )
    bonafide, *attacks = (
        multivariate_normal(mean=mean, cov=covariance.tolist()).logpdf(on_sphere)  # pyright: ignore[reportArgumentType]
        for mean in means
    )
    # So many utterances, with such correlations, need hardly any shrinkage.
    scores = KnownAttacks.of(embedding, classes).scores(embedding)
    np.testing.assert_allclose(scores, np.maximum(*attacks) - bonafide, rtol=0.05, atol=0.1)


def test_an_attack_far_from_those_of_training_scores_low():
    random = np.random.default_rng(8)

    def around(place: int, count: int) -> np.ndarray:
        return random.normal(size=(count, 40)) + 8 * np.eye(40)[place]

    train = np.concatenate([around(place, 50) for place in (0, 1, 2)])
    known_attacks = KnownAttacks.of(train, np.repeat([-1, 0, 1], 50))
    known = known_attacks.scores(np.concatenate([around(1, 30), around(2, 30)]))
    unknown = known_attacks.scores(0.6 * around(0, 60) + 0.4 * around(3, 60))
    assert auc(known, unknown) > 0.95
    # A louder embedding is no nearer, and a coefficient that never varies does no harm.
    louder = 3 * around(1, 5)
    np.testing.assert_allclose(known_attacks.scores(louder), known_attacks.scores(louder / 3))
    constant = np.pad(train, ((0, 0), (0, 1)))
    assert np.isfinite(KnownAttacks.of(constant, np.repeat([-1, 0, 1], 50)).scores(constant)).all()


def test_the_map_does_not_depend_on_the_scale_of_coefficients():
    vectors = np.random.default_rng(3).normal(size=(40, 5))
    plane = principal_plane(vectors)
    assert plane.shape == (40, 2)
    np.testing.assert_allclose(principal_plane(vectors * [1, 10, 0.1, 3, 7]), plane, atol=1e-9)
