"""A few clips of another channel mend a calibration as far as they give reason to."""

import numpy as np
import pytest

from spoofjax.errors import ScoreError
from spoofjax.evaluation.adaptation import STRETCHED_FROM, adapted, held_out_llr
from spoofjax.evaluation.calibration import Affine, fit
from spoofjax.evaluation.metrics import cllr
from spoofjax.evaluation.unlabelled_shift import FEWEST, shifted

SHIFT = 2.0
"""What the channel of these tests adds to scores, which are half their LLRs."""


def trials(count, seed=0, shift=0.0):
    """Scores of two normal classes and their labels; without a shift the LLR is 2 x score."""
    labels = np.arange(count) % 2
    noise = np.random.default_rng(seed).standard_normal(count)
    return noise + 2.0 * labels - 1.0 + shift, labels


@pytest.fixture(scope="module")
def own() -> Affine:
    return fit(*trials(4000))


def loss(calibration, shift=SHIFT):
    scores, labels = trials(4000, seed=9, shift=shift)
    llr = calibration(scores)
    return cllr(llr[labels == 1], llr[labels == 0])


def test_without_clips_nothing_changes(own):
    assert adapted(own, [], []) == own


def test_more_clips_of_a_shifted_channel_mend_more(own):
    losses = [loss(adapted(own, *trials(count, 1, SHIFT))) for count in (4, 20, 200)]
    assert loss(own) > losses[0] > losses[1] > losses[2]
    assert losses[2] < 1.05 * loss(own, shift=0.0)


def test_few_clips_shift_only_and_hardly_where_the_channel_is_the_same(own):
    calibration = adapted(own, *trials(2 * STRETCHED_FROM - 2))
    assert calibration.scale == own.scale
    assert abs(calibration.offset - own.offset) < 1.0
    assert calibration.trials == (STRETCHED_FROM - 1,) * 2


def test_scores_without_information_get_a_smaller_scale(own):
    scores, labels = trials(100)
    calibration = adapted(own, scores, np.random.default_rng(1).permutation(labels))
    assert 0 < calibration.scale[0] < 0.5 * own.scale[0]


def test_a_class_that_outnumbers_the_other_counts_no_more_than_it(own):
    scores, labels = trials(400, 1, SHIFT)
    is_kept = (labels == 0) | (np.arange(400) < 4)  # 200 spoofs and 2 bona fide clips
    few = adapted(own, scores[is_kept], labels[is_kept])
    many = adapted(own, scores, labels)
    assert own.offset > few.offset > many.offset


def test_each_clip_is_judged_without_itself(own):
    scores, labels = trials(20, 1, SHIFT)
    llr = held_out_llr(own, scores, labels)
    others = np.arange(20) != 7
    assert llr[7] == adapted(own, scores[others], labels[others])(scores[7:8])[0]
    with pytest.raises(ScoreError, match="fewer than two"):
        held_out_llr(own, scores[:3], labels[:3])


def test_clips_without_labels_show_the_shift_that_their_share_implies(own):
    scores, _ = trials(60, 1, SHIFT)
    calibration = shifted(own, scores, *trials(4000))
    assert own.offset - calibration.offset == pytest.approx(2.0 * SHIFT, rel=0.3)
    assert loss(calibration) < 0.6 * loss(own)
    more = shifted(own, scores, *trials(4000), share=0.9)
    assert more.offset > calibration.offset  # the same scores mean less shift if most are genuine


def test_too_few_clips_without_labels_are_refused(own):
    scores, _ = trials(FEWEST - 1)
    with pytest.raises(ScoreError, match="19 clips without labels"):
        shifted(own, scores, *trials(100))
