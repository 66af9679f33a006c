"""The hull of the ROC against pooling adjacent violators in exact fractions."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.evaluation.isotonic import Hull
from spoofjax.evaluation.ranked import Ranked

SCORES = st.lists(st.integers(0, 12).map(float), min_size=1, max_size=40)


def pooled(bonafide, spoof):
    """Return (lowest score, bona fide, spoof) of every block; neighbours of equal share join."""
    blocks = []
    for score in sorted({*bonafide, *spoof}):
        blocks.append([score, bonafide.count(score), spoof.count(score)])
        while len(blocks) > 1 and share(blocks[-2]) >= share(blocks[-1]):
            _, more_bonafide, more_spoof = blocks.pop()
            blocks[-1][1] += more_bonafide
            blocks[-1][2] += more_spoof
    return blocks


def share(block):
    _, bonafide, spoof = block
    return Fraction(bonafide, bonafide + spoof)


@given(SCORES, SCORES)
def test_blocks_are_those_of_exact_fractions(bonafide, spoof):
    hull = Hull.of(Ranked(bonafide, spoof))
    blocks = zip(hull.score.tolist(), hull.bonafide.tolist(), hull.spoof.tolist(), strict=True)
    assert [list(block) for block in blocks] == pooled(bonafide, spoof)


def test_every_trial_is_in_one_block():
    draw = np.random.default_rng(0)
    hull = Hull.of(Ranked(draw.normal(2, 1, 20_000), draw.normal(0, 1, 180_000)))
    assert hull.bonafide.sum() == 20_000
    assert hull.spoof.sum() == 180_000
    assert (np.diff(hull.llr()) > 0).all()
    assert 20 < len(hull.score) < 1000


def test_perfect_scores_make_two_blocks_and_one_score_makes_one():
    perfect = Hull.of(Ranked([2.0, 3.0], [0.0, 1.0, 1.0]))
    assert perfect.score.tolist() == [0.0, 2.0]
    assert perfect.bonafide.tolist() == [0, 2]
    assert perfect.spoof.tolist() == [3, 0]
    constant = Hull.of(Ranked([1.0, 1.0], [1.0]))
    assert constant.bonafide.tolist() == [2]
    assert constant.spoof.tolist() == [1]
