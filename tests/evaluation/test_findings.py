"""What a reviewer would say of results: each finding on scores that deserve it, none on others."""

import numpy as np
import pytest

from spoofjax.corpora.column import Column
from spoofjax.evaluation.breakdown import breakdown
from spoofjax.evaluation.calibration import fit
from spoofjax.evaluation.findings import findings, is_reversed, of_corpora, standard_error, to_json
from spoofjax.evaluation.metrics import eer, summary


def two_classes(bonafide=400, spoof=800, distance=3.0, seed=0):
    """Scores that are LLRs by construction, and their labels; the EER is 7 % at a distance of 3."""
    generator = np.random.default_rng(seed)
    labels = np.r_[np.ones(bonafide, int), np.zeros(spoof, int)]
    return distance * (distance * (labels - 0.5) + generator.normal(size=len(labels))), labels


def eight_attacks(labels):
    return Column.of(["-" if label else f"A{row % 8 + 1:02}" for row, label in enumerate(labels)])


def judged(scores, labels, threshold=None, **columns):
    """Return the metrics of a split, as a run writes them."""
    if threshold is None:
        threshold = eer(scores[labels == 1], scores[labels == 0])[1]
    numbers = summary(scores, labels, threshold=threshold)
    return {**numbers, "by": breakdown(scores, labels, columns)}


def alarms(metrics, **settings):
    return to_json(findings(metrics, **settings))["alarms"]


def notes(metrics, **settings):
    return to_json(findings(metrics, **settings))["notes"]


# ------------------------------------------------------------------------ good scores
@pytest.mark.parametrize("distance", [2.0, 3.0, 4.0])
@pytest.mark.parametrize("seed", range(5))
def test_good_calibrated_scores_have_no_finding(distance, seed):
    scores, labels = two_classes(distance=distance, seed=seed)
    codec = Column.of([f"C{row % 6:02}" for row in range(len(labels))])
    assert findings(judged(scores, labels, attack=eight_attacks(labels), codec=codec)) == []


def test_real_scores_after_calibration_are_warned_of_for_their_hard_attacks_only(
    eval_scores, eval_keys
):
    scores = fit(eval_scores.score, eval_scores.label)(eval_scores.score)
    attack = eval_keys.columns["attack"]
    results = findings(judged(scores, eval_scores.label, attack=attack))
    assert all(finding.text.startswith("Missed attack: A") for finding in results)


def test_a_tiny_good_split_gets_a_note_and_no_alarm():
    metrics = judged(*two_classes(30, 30))
    assert alarms(metrics) == []
    assert notes(metrics)[0].startswith("Few trials: with 30 bona fide and 30 spoof utterances")


# ------------------------------------------------------------------------ no information
def test_reversed_polarity_is_said_in_plain_words_and_first():
    scores, labels = two_classes()
    metrics = judged(-scores, labels)
    [alarm] = alarms(metrics)
    assert alarm.startswith("Reversed polarity: the AUC is 0.0")
    assert "below 0.5, so spoofs score above bona fide speech" in alarm
    assert "negate the scores" in alarm
    assert is_reversed(metrics)
    assert not is_reversed(judged(scores, labels))


@pytest.mark.parametrize("seed", range(5))
def test_random_scores_carry_no_information(seed):
    scores = np.random.default_rng(seed).normal(size=1200)
    text = alarms(judged(scores, two_classes()[1]))[0]
    assert text.startswith("The scores carry no information: the EER is ")
    assert "labels match the files" in text


def test_a_constant_score_carries_no_information():
    text = alarms(judged(np.zeros(1200), two_classes()[1]))[0]
    assert "the EER is 100.0% and the AUC 0.500" in text


def test_a_handful_of_trials_cannot_be_told_from_chance():
    scores, labels = np.array([0.1, 0.7, 0.8, 0.2, 0.3, 0.75]), np.array([1, 1, 1, 0, 0, 0])
    assert "cannot be told from chance (0.5) with 3 bona fide" in alarms(judged(scores, labels))[0]


# ------------------------------------------------------------------------ trivial answers
def test_an_accuracy_below_always_spoof_is_an_alarm():
    scores, labels = two_classes(100, 1900, distance=2.0)
    texts = alarms(judged(scores, labels))
    assert "no better than that of calling everything spoof (95.0%)" in texts[0]


def test_where_most_trials_are_bona_fide_the_trivial_answer_is_bona_fide():
    scores, labels = two_classes(1900, 100, distance=2.0)
    assert "calling everything bona fide (95.0%)" in alarms(judged(scores, labels))[0]


def test_the_same_is_not_said_twice_where_the_collapse_alarm_has_fired():
    scores, labels = two_classes(100, 1900, distance=2.0)
    assert alarms({**judged(scores, labels), "collapse": {"fired": True}}) == []


def test_a_min_dcf_of_one_is_an_alarm_though_the_auc_is_above_chance():
    # At each threshold, more than 1 / 1.9 as many bona fide trials are lost as spoofs are found.
    scores = np.r_[np.linspace(0, 1.8, 200), np.linspace(0.01, 1, 200)]
    metrics = judged(scores, np.r_[np.ones(200, int), np.zeros(200, int)])
    assert metrics["auc"] > 0.7
    assert alarms(metrics)[0].startswith("minDCF is 1: at the costs of ASVspoof 5, no threshold")


# ------------------------------------------------------------------------ attacks and codecs
def test_a_missed_attack_is_named_with_its_eer():
    scores, labels = two_classes()
    attack = eight_attacks(labels)
    is_a03 = np.array(attack.values()) == "A03"
    scores[is_a03] = two_classes(bonafide=int(is_a03.sum()), spoof=1)[0][: is_a03.sum()]
    [text] = alarms(judged(scores, labels, attack=attack))
    assert text.startswith("Missed attack: A03 (EER ")
    assert "1 of 8 in all" in text
    assert "hides this" in text


def test_a_codec_far_above_the_others_is_named_though_its_eer_is_below_30_percent():
    scores, labels = two_classes(distance=4.0)
    codec = Column.of([f"C{row % 6:02}" for row in range(len(labels))])
    is_c05 = np.array(codec.values()) == "C05"
    scores[is_c05] = two_classes(distance=1.6, seed=1)[0][is_c05]
    [text] = alarms(judged(scores, labels, codec=codec))
    assert text.startswith("Missed codec: C05 (EER ")


def test_an_attack_of_a_few_utterances_is_not_judged():
    scores, labels = two_classes()
    attack = Column.of(["-" if label else "A01" for label in labels[:-5]] + ["A02"] * 5)
    scores[-5:] = 20.0
    assert alarms(judged(scores, labels, attack=attack)) == []


# ------------------------------------------------------------------------ calibration
def test_llrs_that_mislead_are_an_alarm():
    scores, labels = two_classes(distance=2.0)
    [text] = alarms(judged(12 * scores, labels))
    assert text.startswith("The log-likelihood ratios mislead: Cllr is ")
    assert "`spoofjax calibrate`" in text


def test_overconfident_llrs_are_a_note():
    metrics = judged(3 * two_classes(distance=2.5)[0], two_classes()[1])
    assert metrics["cllr"] < 1
    assert alarms(metrics) == []
    assert notes(metrics)[0].startswith("Uncalibrated: Cllr is ")


def test_scores_of_another_system_need_not_be_llrs():
    metrics = judged(12 * two_classes(distance=2.0)[0], two_classes()[1])
    assert alarms(metrics, are_llrs=False) == []
    assert "are no log-likelihood ratios" in notes(metrics, are_llrs=False)[0]


# ------------------------------------------------------------------------ how many trials
def test_the_note_on_few_trials_uses_the_bootstrap_where_it_is_there():
    metrics = judged(*two_classes())
    assert notes({**metrics, "intervals": {"eer": {"low": 0.06, "high": 0.09}}}) == []
    [text] = notes({**metrics, "intervals": {"eer": {"low": 0.02, "high": 0.20}}})
    assert "about 18 points wide (noted above 10)" in text


def test_the_standard_error_is_that_of_repeated_evaluations():
    rates = []
    for seed in range(300):
        scores, labels = two_classes(200, 400, distance=2.0, seed=seed)
        rates.append(eer(scores[labels == 1], scores[labels == 0])[0])
    # Slightly too wide, because the threshold follows the errors of both classes.
    assert standard_error(0.16, 200, 400) == pytest.approx(np.std(rates), rel=0.25)
    assert standard_error(0.0, 20, 20) > 0.03


# ------------------------------------------------------------------------ corpora
def test_an_eval_split_of_another_corpus_than_dev_is_noted():
    results = {"dev": {"corpus": "asvspoof5"}, "eval": {"corpus": "in_the_wild"}}
    text = of_corpora(results)["eval"].text
    assert text.startswith("Another corpus than dev: in_the_wild, while the threshold and the ")
    assert "chosen on asvspoof5" in text
    assert of_corpora({**results, "eval": {"corpus": "asvspoof5"}}) == {}
    assert of_corpora({"eval": {"corpus": "in_the_wild"}}) == {}


def test_a_split_of_another_corpus_than_the_decision_is_noted():
    results = {
        "dev": {"corpus": "asvspoof5", "decision_corpus": "calls"},
        "eval of calls": {"corpus": "calls", "decision_corpus": "calls"},
    }
    notes = of_corpora(results)
    assert list(notes) == ["dev"]
    assert notes["dev"].text.startswith("Another corpus than that of the decision: asvspoof5, ")
