"""The bootstrap has the spread of exact resampling at a fraction of its cost."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.errors import ScoreError
from spoofjax.evaluation.bins import Bins
from spoofjax.evaluation.bootstrap import compare, intervals, to_json
from spoofjax.evaluation.metrics import ASVSPOOF5, headline
from spoofjax.evaluation.ranked import Ranked

NAMES = ["eer", "min_dcf", "act_dcf", "cllr", "auc"]
TRIALS = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=15)


def random_scores(bonafide=1500, spoof=6000, seed=0):
    generator = np.random.default_rng(seed)
    scores = np.r_[generator.normal(1.5, 1, bonafide), generator.normal(-1.5, 1, spoof)]
    return scores, np.r_[np.ones(bonafide, int), np.zeros(spoof, int)]


def exact_resamples(scores, labels, resamples, seed=1):
    """The bootstrap taken word by word: draw, evaluate, repeat."""
    generator = np.random.default_rng(seed)
    classes = [scores[labels == 1], scores[labels == 0]]
    drawn = []
    for _ in range(resamples):
        parts = [c[generator.integers(0, len(c), len(c))] for c in classes]
        drawn.append(headline(np.concatenate(parts), labels))
    return {name: np.array([d[name] for d in drawn]) for name in NAMES}


# ------------------------------------------------------------------------ one system
@pytest.mark.parametrize("rounded", [False, True])
def test_standard_errors_equal_those_of_exact_resamples(rounded):
    scores, labels = random_scores()
    scores = np.round(scores, 1) if rounded else scores
    expected = exact_resamples(scores, labels, 800)
    for name, interval in intervals(scores, labels).items():
        assert interval.standard_error == pytest.approx(expected[name].std(), rel=0.1), name
        low, high = np.quantile(expected[name], [0.025, 0.975])
        assert interval.low == pytest.approx(low, abs=0.4 * interval.standard_error), name
        assert interval.high == pytest.approx(high, abs=0.4 * interval.standard_error), name


def test_a_system_with_few_errors_keeps_its_resolution():
    generator = np.random.default_rng(2)
    scores, labels = random_scores(4000, 16_000)
    scores = np.where(generator.random(len(scores)) < 0.002, -scores, scores * 3)
    expected = exact_resamples(scores, labels, 800)
    for name in ("eer", "min_dcf"):
        interval = intervals(scores, labels)[name]
        assert interval.standard_error == pytest.approx(expected[name].std(), rel=0.12), name


def test_real_scores_get_intervals_around_the_official_numbers(eval_scores):
    bounds = intervals(eval_scores.score, eval_scores.label)
    assert list(bounds) == NAMES
    for interval in bounds.values():
        assert interval.low < interval.value < interval.high
    assert bounds["eer"].standard_error == pytest.approx(0.0013, abs=0.0004)
    assert json.loads(json.dumps(to_json(bounds)))["eer"]["value"] == bounds["eer"].value


def test_the_same_seed_gives_the_same_interval():
    scores, labels = random_scores(100, 300)
    assert intervals(scores, labels, seed=7) == intervals(scores, labels, seed=7)
    assert intervals(scores, labels, seed=7) != intervals(scores, labels, seed=8)


def test_a_constant_score_stays_at_an_eer_of_one():
    bounds = intervals(np.zeros(5000), np.r_[np.ones(1000, int), np.zeros(4000, int)])
    assert (bounds["eer"].low, bounds["eer"].value, bounds["eer"].high) == (1.0, 1.0, 1.0)
    assert bounds["auc"].low == pytest.approx(0.5)


@given(TRIALS, TRIALS, st.integers(0, 1000))
def test_metrics_of_counts_are_those_of_the_repeated_trials(literal, bonafide, spoof, seed):
    generator = np.random.default_rng(seed)
    ranked = Ranked(bonafide, spoof)
    bins = Bins.of(ranked, ASVSPOOF5)
    counts = [generator.multinomial(sum(b), b / sum(b)) for b in (bins.bonafide, bins.spoof)]
    again = [np.repeat(ranked.bonafide, counts[0][bins.bonafide == 1])]
    again.append(np.repeat(ranked.spoof, counts[1][bins.spoof == 1]))
    losses = np.array([[c @ m / sum(c)] for c, m in zip(counts, bins.cost, strict=True)])
    metrics = bins.metrics(counts[0][None], counts[1][None], losses)
    assert metrics["min_dcf"][0] == pytest.approx(literal.min_dcf(*again)[0], abs=1e-12)
    assert metrics["act_dcf"][0] == pytest.approx(literal.act_dcf(*again), abs=1e-12)
    assert metrics["cllr"][0] == pytest.approx(literal.cllr(*again), abs=1e-9)
    assert metrics["auc"][0] == pytest.approx(literal.auc(*again), abs=1e-12)
    step = 1 / min(len(bonafide), len(spoof))
    assert abs(metrics["eer"][0] - literal.eer(*again)[0]) <= step


# ------------------------------------------------------------------------ speakers
def test_resampling_speakers_widens_intervals_where_speakers_differ():
    generator = np.random.default_rng(3)
    scores, labels = random_scores()
    speakers = generator.integers(0, 40, len(scores))
    own_level = generator.normal(0, 1.0, 40)[speakers]
    by_speaker = intervals(scores + own_level, labels, speakers=speakers)
    by_utterance = intervals(scores + own_level, labels)
    for name in NAMES:
        assert by_speaker[name].standard_error > 1.5 * by_utterance[name].standard_error
    # Where speakers do not matter, both agree.
    plain, same = intervals(scores, labels, speakers=speakers), intervals(scores, labels)
    assert plain["eer"].standard_error == pytest.approx(same["eer"].standard_error, rel=0.3)


def test_unknown_speakers_count_as_one_each():
    scores, labels = random_scores()
    unknown = np.full(len(scores), -1)
    by_speaker = intervals(scores, labels, speakers=unknown, resamples=500)["eer"]
    by_utterance = intervals(scores, labels)["eer"]
    assert by_speaker.standard_error == pytest.approx(by_utterance.standard_error, rel=0.15)


def test_resamples_without_a_class_are_left_out():
    scores = np.array([2.0, 1.0, -1.0, -2.0, 0.5, -0.5])
    labels = np.array([1, 0, 0, 0, 1, 0])
    bounds = intervals(scores, labels, speakers=[0, 1, 1, 2, 3, 2])
    assert all(np.isfinite([i.low, i.high, i.standard_error]).all() for i in bounds.values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"speakers": [0, 0, 0, 0]}, "all bona fide utterances are by one speaker"),
        ({"speakers": [0, 1, 2, 2]}, "all spoof utterances are by one speaker"),
        ({"speakers": [0, 1]}, "2 speakers for 4"),
        ({"resamples": 1}, "too few"),
        ({"level": 1.0}, "between 0 and 1"),
    ],
)
def test_impossible_resampling_is_refused(changes, message):
    with pytest.raises(ScoreError, match=message):
        intervals([1.0, 2.0, 0.0, 0.5], [1, 1, 0, 0], **changes)


# ------------------------------------------------------------------------ two systems
def test_a_better_system_is_told_from_a_worse_one_and_a_copy_from_neither():
    generator = np.random.default_rng(4)
    scores, labels = random_scores(300, 900)
    worse = scores + generator.normal(0, 1.0, len(scores))
    differences = compare(scores, worse, labels)
    assert differences["eer"].difference < 0
    assert differences["eer"].high < 0
    assert differences["eer"].p_value < 0.01
    same = compare(scores, scores, labels)
    assert (same["eer"].difference, same["eer"].p_value) == (0.0, 1.0)


def test_the_paired_interval_is_that_of_exact_paired_resamples():
    generator = np.random.default_rng(5)
    scores, labels = random_scores(150, 600)
    other = scores + generator.normal(0, 0.5, len(scores))
    differences = []
    for _ in range(600):
        rows = [np.flatnonzero(labels == label) for label in (1, 0)]
        rows = np.concatenate([r[generator.integers(0, len(r), len(r))] for r in rows])
        pair = [headline(s[rows], labels[rows]) for s in (scores, other)]
        differences.append([pair[0][name] - pair[1][name] for name in NAMES])
    deviations = np.std(differences, axis=0)
    differences = compare(scores, other, labels)
    for name, deviation in zip(NAMES, deviations, strict=True):
        width = differences[name].high - differences[name].low
        assert width == pytest.approx(2 * 1.96 * deviation, rel=0.2), name


@pytest.mark.slow
def test_p_values_of_equal_systems_are_spread_evenly():
    low = 0
    for seed in range(60):
        generator = np.random.default_rng(1000 + seed)
        scores, labels = random_scores(100, 200, seed)
        pair = [scores + generator.normal(0, 1, len(scores)) for _ in range(2)]
        low += compare(*pair, labels, resamples=200)["auc"].p_value < 0.25
    assert 5 <= low <= 26  # 15 expected
