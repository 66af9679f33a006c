"""bench.equalising judges speakers and codecs that the correction was not fitted on."""

import numpy as np
import pytest
from bench.equalising import SHARES, judge

from spoofjax.training.equalising import Heard

CODECS = np.array(["", "a", "a", "b"])
"""Of the channels: speech as it is, a codec with two bit rates, and another one."""
LOSSES = (0.0, 2.0, 3.0, 2.5)
"""What scores lose in each."""


@pytest.fixture(scope="module")
def rates():
    """Of scores that codecs lower, where a description tells each channel and little else."""
    random = np.random.default_rng(0)
    is_bonafide = np.repeat([True, False], 200)
    scores = np.where(is_bonafide, 3.0, -3.0) + random.standard_normal(400)
    marks = 20 * np.eye(4)
    marks[3] = (marks[1] + marks[2]) / 2  # b sounds like both bit rates of a
    heard = [
        Heard(scores - loss, mark + random.standard_normal((400, 4)), is_bonafide)
        for loss, mark in zip(LOSSES, marks, strict=True)
    ]
    return judge(heard, CODECS, np.arange(400) % 4)


def test_without_a_correction_calls_are_rejected(rates):
    for share, one in zip(SHARES, rates["as the run is"], strict=True):
        assert one.as_it_is == pytest.approx(100 * share, abs=1)
        assert one.coded > 40
        assert one.beyond == 2  # both codecs


def test_a_correction_holds_for_other_speakers(rates):
    assert [one.coded for one in rates["equalised"]] == pytest.approx(
        [100 * share for share in SHARES], abs=1.5
    )


def test_a_codec_that_sounds_like_others_is_corrected_as_they_are(rates):
    for known, unknown in zip(rates["equalised"], rates["without the codec"], strict=True):
        assert unknown.coded == pytest.approx(known.coded, abs=8)
