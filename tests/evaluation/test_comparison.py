"""Systems are compared in pairs, and the stated level holds for all verdicts at once."""

import numpy as np
import pytest

from spoofjax.corpora.column import Column
from spoofjax.errors import ScoreError
from spoofjax.evaluation.agreement import agreement
from spoofjax.evaluation.comparison import Resampling, compare_by, compare_systems
from spoofjax.evaluation.full_comparison import compare_fully
from spoofjax.evaluation.fusing_gain import fusion_gains
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.metrics import eer
from spoofjax.evaluation.simultaneous import simultaneous

LABELS = np.r_[np.ones(200, int), np.zeros(300, int)]
FAST = Resampling(resamples=150)


def systems(separations, noise=0.8, seed=0):
    """Scores of systems that share half of what they hear, by the names a, b, c, ..."""
    generator = np.random.default_rng(seed)
    common = generator.normal(size=len(LABELS))
    return {
        "abcdef"[index]: separation * LABELS + common + noise * generator.normal(size=len(LABELS))
        for index, separation in enumerate(separations)
    }


# ------------------------------------------------------------------------ pairs
def test_the_better_system_wins_and_equal_ones_are_not_distinguishable():
    comparison = compare_systems(systems([2, 2, 4]), LABELS, how=FAST)
    winners = {(pair.first, pair.second): pair.winner for pair in comparison.pairs}
    assert winners == {("a", "b"): "", ("a", "c"): "c", ("b", "c"): "c"}
    for pair in comparison.pairs:
        assert pair.low < pair.difference < pair.high
        assert (pair.p_value < 0.05) == pair.is_distinguishable
    best = comparison.systems["c"]
    assert best.low < best.value < best.high < comparison.systems["a"].low


def test_the_winner_has_the_lower_min_dcf_or_the_higher_auc():
    for metric in ("min_dcf", "auc"):
        [pair] = compare_systems(systems([4, 2]), LABELS, metric, FAST).pairs
        assert pair.winner == "a", metric


def test_a_system_cannot_be_distinguished_from_itself():
    scores = systems([3])["a"]
    [pair] = compare_systems({"one": scores, "again": scores.copy()}, LABELS, how=FAST).pairs
    assert (pair.low, pair.difference, pair.high, pair.winner) == (0, 0, 0, "")
    assert pair.p_value == 1


def test_more_pairs_make_each_interval_wider_but_less_than_bonferroni():
    generator = np.random.default_rng(0)
    draws = generator.normal(size=(20_000, 10))
    one = simultaneous(np.zeros(1), draws[:, :1], 0.95)
    ten = simultaneous(np.zeros(10), draws, 0.95)
    assert one.high[0] == pytest.approx(1.96, abs=0.05)
    assert ten.high == pytest.approx(2.80, abs=0.12)  # Bonferroni: 2.81
    same = simultaneous(np.zeros(10), np.repeat(draws[:, :1], 10, axis=1), 0.95)
    assert same.high == pytest.approx(one.high[0])  # ten equal differences are one


@pytest.mark.slow
@pytest.mark.parametrize("null", ["resampled labels", "equal systems"])
def test_false_verdicts_stay_within_the_stated_level(null):
    """Three systems of which none is better: one false verdict in a comparison is one too many."""
    generator, alarms = np.random.default_rng(5), 0
    labels = np.r_[np.ones(36, int), np.zeros(36, int)]
    for trial in range(200):
        common = generator.normal(size=72)
        shift = 0 if null == "resampled labels" else 2 * labels
        scores = {name: shift + common + generator.normal(size=72) for name in "abc"}
        drawn = generator.permutation(labels) if null == "resampled labels" else labels
        comparison = compare_systems(scores, drawn, how=Resampling(resamples=90, seed=trial))
        alarms += any(pair.winner for pair in comparison.pairs)
    # At 5 %, ten alarms are expected, and more than 16 come in 2 of 100 repetitions.
    assert alarms <= 16


# ------------------------------------------------------------------------ speakers, seeds
def test_speakers_widen_the_interval_where_systems_differ_by_speaker():
    generator = np.random.default_rng(1)
    speakers = np.arange(len(LABELS)) % 12 + 12 * LABELS
    scores = systems([3, 3.3])
    scores["b"] = scores["b"] + 1.5 * generator.normal(size=24)[speakers]
    [by_utterance] = compare_systems(scores, LABELS, how=FAST).pairs
    over_speakers = Resampling(speakers=speakers, resamples=150)
    [by_speaker] = compare_systems(scores, LABELS, how=over_speakers).pairs
    assert by_speaker.high - by_speaker.low > 1.3 * (by_utterance.high - by_utterance.low)


def test_several_seeds_are_one_system_whose_interval_covers_the_seed():
    seeds = systems([2.0, 2.6, 3.2], noise=0.1)
    group, other = np.stack(list(seeds.values())), systems([2.0], noise=0.1, seed=9)["a"]
    [pair] = compare_systems({"three": group, "one": other}, LABELS, how=FAST).pairs
    rates = [eer(scores[LABELS == 1], scores[LABELS == 0])[0] for scores in [*group, other]]
    assert pair.difference == pytest.approx(np.mean(rates[:3]) - rates[3])
    [alone] = compare_systems({"best": seeds["c"], "one": other}, LABELS, how=FAST).pairs
    assert alone.winner == "best"
    # The seeds differ so much that one run more could have been the better one.
    assert pair.winner == ""
    assert pair.high - pair.low > 2 * (alone.high - alone.low)


# ------------------------------------------------------------------------ conditions
def test_conditions_are_sorted_by_their_difference_and_share_the_bona_fide_speech():
    attacks = Column.of(["-"] * 200 + ["A01"] * 145 + ["A02"] * 150 + ["A03"] * 5)
    scores = systems([3, 3])
    scores["b"] = scores["b"] - 2.0 * (attacks.codes == attacks.names.index("A02"))
    conditions = compare_by(scores, LABELS, {"attack": attacks}, "attack", how=FAST)
    assert [one.values["attack"] for one in conditions] == ["A02", "A01"]  # A03 has 5 utterances
    assert [(one.bonafide, one.spoof) for one in conditions] == [(200, 150), (200, 145)]
    assert [one.comparison.pairs[0].winner for one in conditions] == ["b", ""]
    rows = (LABELS == 1) | (attacks.codes == attacks.names.index("A02"))
    own, labels = scores["a"][rows], LABELS[rows]
    expected = eer(own[labels == 1], own[labels == 0])[0]
    assert conditions[0].comparison.systems["a"].value == expected


# ------------------------------------------------------------------------ in common
def test_systems_that_err_on_the_same_utterances_have_correlated_errors():
    scores = systems([2, 2], noise=0.2)
    close = agreement(("a", "b"), scores["a"], scores["b"], LABELS)
    far = agreement(
        ("a", "c"), scores["a"], 2 * LABELS + np.random.default_rng(3).normal(size=500), LABELS
    )
    assert close.error_correlation == pytest.approx(0.8, abs=0.1)
    assert far.error_correlation == pytest.approx(0, abs=0.2)
    assert close.score_correlation == pytest.approx(0.96, abs=0.02)
    assert close.shared_errors <= min(close.first_errors, close.second_errors)
    same = agreement(("a", "a"), scores["a"], scores["a"], LABELS)
    assert same.error_correlation == pytest.approx(1)
    assert same.shared_errors == same.first_errors
    perfect = LABELS + 0.0
    assert agreement(("p", "a"), perfect, scores["a"], LABELS).error_correlation is None


def test_a_fusion_brings_something_where_errors_differ():
    generator = np.random.default_rng(4)
    dev, tested = (
        {name: 2 * LABELS + generator.normal(size=500) for name in "abc"} for _ in range(2)
    )
    gains = fusion_gains(dev, LABELS, tested, LABELS, FAST)
    assert [len(gain.fused) for gain in gains] == [3, 2, 2, 2]  # all three are the best
    assert all(gain.pair.winner == gain.pair.first for gain in gains)
    same = {"a": dev["a"], "b": dev["a"] + 0.01 * generator.normal(size=500)}
    [gain] = fusion_gains(same, LABELS, same, LABELS, FAST)
    assert gain.pair.winner == ""


def test_everything_at_once_over_utterances_and_speakers():
    keys = Keys(
        np.array([f"U{n}" for n in range(500)]),
        LABELS,
        {
            "speaker": Column.of([f"S{n % 5}" for n in range(500)]),
            "codec": Column.of([f"C{n % 2}" for n in range(500)]),
        },
    )
    scores = systems([2, 3])
    compared = compare_fully(scores, keys, FAST, metrics=["eer", "min_dcf"])
    assert list(compared.overall) == ["speakers", "utterances"]
    assert list(compared.overall["utterances"]) == ["eer", "min_dcf"]
    assert list(compared.by) == ["codec"]
    assert "by 5 speakers" in compared.notes[0]
    assert compared.to_json()["overall"]["utterances"]["eer"]["pairs"][0]["winner"] == "b"


@pytest.mark.parametrize(
    ("labels", "how", "message"),
    [
        (np.ones(500, int), FAST, "no spoof score"),
        (LABELS, Resampling(level=1.5), "between 0 and 1"),
        (LABELS, Resampling(resamples=1), "1 resamples are too few"),
        (LABELS, Resampling(speakers=np.zeros(500, int)), "by one speaker"),
    ],
)
def test_input_without_an_interval_is_refused(labels, how, message):
    with pytest.raises(ScoreError, match=message):
        compare_systems(systems([2, 3]), labels, how=how)
