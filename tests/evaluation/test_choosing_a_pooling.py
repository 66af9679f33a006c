"""A pooling is chosen on recordings whose class is known, and its scores are calibrated."""

from __future__ import annotations

import numpy as np
import pytest

from spoofjax.evaluation.pooling import line_of, pooled, summary_of
from spoofjax.evaluation.recordings import BONAFIDE, SPLICED, SPOOFED, Heard, choose_pooling

DECISION = {"threshold": 0.0, "calibration": None}


def windows(random, count: int, spoofed: int) -> np.ndarray:
    """Return scores around 1, and around -1 in the last windows, which are spoofed."""
    means = np.where(np.arange(count) < count - spoofed, 1.0, -1.0)
    return random.normal(means, 1.0)


def heard(spliced: int = 5) -> Heard:
    """Return 200 utterances of one window, and 60 recordings of each kind of ten windows."""
    random = np.random.default_rng(3)
    labels = np.tile([1, 0], 100)
    counts = {BONAFIDE: 0, SPOOFED: 10, SPLICED: spliced}
    joined = {kind: [windows(random, 10, n) for _ in range(60)] for kind, n in counts.items()}
    clips = random.normal(2.0 * labels - 1.0)
    return Heard(clips, labels, {0: np.array([clips[0], 3.0])}, joined)


@pytest.mark.parametrize(
    ("pooling", "expected"), [("mean", 1.0), ("lower-half", -1.0), ("lowest", -3.0), ("start", 4.0)]
)
def test_the_scores_of_windows_become_one(pooling, expected):
    assert pooled(np.array([4.0, -3.0, 2.0, 1.0]), pooling) == expected
    assert pooled(np.array([0.5]), pooling) == 0.5


def test_the_lowest_windows_decide_where_a_part_is_spoofed():
    chosen = choose_pooling(heard(), DECISION, "dev")
    assert chosen["pooling"] == "lower-half"
    facts = chosen["recordings"]["poolings"]
    assert facts["lower-half"]["joined_eer"] < 0.05 < facts["start"]["joined_eer"]
    assert facts["lower-half"]["rejected_spliced"] > 0.9 > facts["start"]["rejected_spliced"]
    assert facts["lower-half"]["rejected_bonafide"] < 0.1


def test_the_calibration_fits_the_pooled_scores():
    # The mean of ten windows spreads less than one, so its LLR is the steeper line.
    chosen = choose_pooling(heard(spliced=10), DECISION, "dev")
    facts = chosen["recordings"]["poolings"]["mean"]
    assert line_of({**DECISION, **chosen}, "mean") == (facts["scale"], facts["offset"])
    assert facts["scale"] > 2
    # The lowest of ten bona fide windows is below 0, the threshold of clips.
    lowest = chosen["recordings"]["poolings"]["lowest"]
    assert lowest["offset"] > 1
    assert lowest["rejected_bonafide"] < 0.2


def test_the_decision_states_what_was_measured():
    chosen = choose_pooling(heard(), DECISION, "dev")
    facts = chosen["recordings"]
    assert (facts["files"], facts["longer"], facts["joined"]) == (200, 1, 180)
    assert facts["poolings"]["start"]["files_eer"] == facts["clip_eer"]
    assert facts["poolings"]["start"]["agreement"] == 1
    text = summary_of({**DECISION, **chosen})
    assert f"{facts['clip_eer']:.2%} by their start alone" in text
    assert summary_of(DECISION) == ""
    assert line_of(DECISION, "mean") is line_of({**DECISION, **chosen}, "start") is None
