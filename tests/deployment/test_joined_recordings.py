"""Recordings that are joined from utterances, of one class or of both."""

from __future__ import annotations

import numpy as np
import pytest

from spoofjax.deployment.joined import joined_recordings
from spoofjax.errors import AudioError
from spoofjax.loading.sources import Source

LABELS = np.array([1, 0, 0, 1, 0])
WINDOW = 100


class Constant(Source):
    """Utterances of 30 samples, each of which is the number of the utterance."""

    def __init__(self, broken=()):
        self._broken = broken

    def read(self, index, seed, out):
        if index in self._broken:
            raise AudioError("damaged")
        out[:30] = index
        return min(30, len(out))


def test_recordings_have_the_parts_of_their_kind():
    recordings = list(joined_recordings(Constant(), LABELS, 5, WINDOW))
    assert [each.kind for each in recordings[:3]] == ["bonafide", "spoofed", "spliced"]
    classes = [LABELS[each.samples.astype(int)] for each in recordings]
    assert all((labels == 1).all() for labels in classes[::3])
    assert all((labels == 0).all() for labels in classes[1::3])
    assert all(np.count_nonzero(np.diff(labels)) == 1 for labels in classes[2::3])
    assert len({int(labels[0]) for labels in classes[2::3]}) == 2  # in either order
    assert all(2 * WINDOW <= len(each.samples) <= 5 * WINDOW for each in recordings)


def test_the_same_seed_joins_the_same_recordings():
    first, second = (list(joined_recordings(Constant(), LABELS, 2, WINDOW, 7)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)


def test_an_utterance_that_cannot_be_read_is_passed_over():
    recordings = joined_recordings(Constant(broken=[0, 2]), LABELS, 3, WINDOW)
    assert {int(x) for each in recordings for x in each.samples} == {1, 3, 4}
    with pytest.raises(AudioError):
        list(joined_recordings(Constant(broken=[0, 3]), LABELS, 1, WINDOW))
