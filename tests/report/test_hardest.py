"""The hardest utterances are those furthest on the wrong side of the threshold."""

import numpy as np
import pytest

from spoofjax.errors import ScoreError
from spoofjax.report.hardest import hardest, margins


def test_the_hardest_are_those_furthest_on_the_wrong_side():
    labels = np.array([1, 1, 1, 0, 0, 0])
    scores = np.array([-3.0, 2.0, 0.5, 1.0, -5.0, 4.0])
    bonafide, spoof = hardest([margins(scores, labels, 0.0)], labels, 4)
    assert bonafide.tolist() == [0, 2]
    assert spoof.tolist() == [5, 3]


def test_a_class_with_few_utterances_leaves_its_place_to_the_other():
    labels = np.array([1, 0, 0, 0, 0, 0])
    bonafide, spoof = hardest([np.arange(6.0)], labels, 4)
    assert (len(bonafide), len(spoof)) == (1, 3)
    with pytest.raises(ScoreError, match="one margin per utterance"):
        hardest([np.arange(5.0)], labels, 4)
