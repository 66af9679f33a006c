"""The collapse alarm: what raises it, what does not, and what it says."""

import json

import numpy as np
import pytest

from spoofjax.errors import ScoreError
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.metrics import eer

LABELS = np.array([1] * 100 + [0] * 870)


def test_a_constant_score_raises_every_alarm_and_has_an_eer_of_one():
    scores = np.full(len(LABELS), -0.5)
    alarm = collapse(scores, LABELS)
    assert alarm.fired
    assert eer(scores[LABELS == 1], scores[LABELS == 0])[0] == 1.0
    text = " ".join(alarm.reasons)
    assert "calls 100.0% of the utterances spoof" in text
    assert "Only 0 of 100 bona fide utterances are recognised" in text
    assert "scores hardly differ" in text
    assert "calling everything spoof would give 89.7%" in text
    assert json.loads(json.dumps(alarm.to_json()))["fired"] is True


def test_a_good_ranking_far_from_the_decision_is_still_a_collapse():
    scores = np.where(LABELS == 1, -1.0, -3.0) + np.linspace(0, 0.5, len(LABELS))
    alarm = collapse(scores, LABELS)
    assert alarm.fired
    assert alarm.recall_bonafide == 0.0
    assert alarm.recall_spoof == 1.0


def test_accepting_everything_is_named_as_such():
    alarm = collapse(np.linspace(1, 2, len(LABELS)), LABELS)
    assert any("100.0% of the utterances bona fide" in reason for reason in alarm.reasons)
    assert any("Only 0 of 870 spoof" in reason for reason in alarm.reasons)


def test_a_healthy_model_raises_no_alarm(eval_scores):
    alarm = collapse(eval_scores.score, eval_scores.label)
    assert not alarm.fired
    assert alarm.reasons == ()


def test_a_weak_but_balanced_model_raises_no_alarm():
    generator = np.random.default_rng(3)
    assert not collapse(generator.normal(size=len(LABELS)) + 0.3 * LABELS, LABELS).fired


def test_scores_that_are_not_finite_are_refused():
    with pytest.raises(ScoreError, match="not finite"):
        collapse(np.full(len(LABELS), np.nan), LABELS)
