"""Pool adjacent violators against scipy's."""

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from spoofjax.evaluation.isotonic import Hull, pool
from spoofjax.evaluation.ranked import Ranked


def agree(bonafide, spoof):
    bonafide, spoof = np.asarray(bonafide, np.int64), np.asarray(spoof, np.int64)
    score = np.arange(len(bonafide)) / 7
    found, pooled_bonafide, pooled_spoof = pool(score, bonafide, spoof)
    total = bonafide + spoof
    blocks = isotonic_regression(bonafide / total, weights=total).blocks[:-1]
    np.testing.assert_array_equal(found, score[blocks])
    np.testing.assert_array_equal(pooled_bonafide, np.add.reduceat(bonafide, blocks))
    np.testing.assert_array_equal(pooled_spoof, np.add.reduceat(spoof, blocks))


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(any), min_size=1, max_size=60)
)
def test_blocks_are_those_of_scipy(counts):
    agree(*zip(*counts, strict=True))


def test_a_cascade_of_violations_too_long_for_whole_passes_is_pooled_as_well():
    bonafide = np.arange(20_000)
    bonafide[-1] = 0  # pulls some two hundred blocks down, one after the other
    agree(bonafide, np.full(20_000, 20_000))


def test_the_hull_of_real_numbers_of_scores_needs_no_scipy():
    script = (
        "import sys, numpy as np\n"
        "from spoofjax.evaluation.isotonic import Hull\n"
        "from spoofjax.evaluation.ranked import Ranked\n"
        "draw = np.random.default_rng(0)\n"
        "hull = Hull.of(Ranked(draw.normal(2, 1, 20_000), draw.normal(0, 1, 180_000)))\n"
        "print(len(hull.score), 'scipy.optimize' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    blocks, imported = run.stdout.split()
    assert imported == "False", run.stderr
    assert 20 < int(blocks) < 1000


def test_perfect_scores_make_two_blocks_and_one_score_makes_one():
    perfect = Hull.of(Ranked([2.0, 3.0], [0.0, 1.0, 1.0]))
    assert perfect.score.tolist() == [0.0, 2.0]
    assert perfect.bonafide.tolist() == [0, 2]
    assert perfect.spoof.tolist() == [3, 0]
    constant = Hull.of(Ranked([1.0, 1.0], [1.0]))
    assert constant.bonafide.tolist() == [2]
    assert constant.spoof.tolist() == [1]
