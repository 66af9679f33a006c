"""The one preparation of a clip: cut, repeated or padded, and then brought to its level."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.audio.clips import bucket_of, heard_samples, most_samples, prepared
from spoofjax.config import Clip
from spoofjax.errors import AudioError

RAMP = np.arange(1, 6, dtype=np.float32) / 10
"""Five samples: 0.1, 0.2, 0.3, 0.4, 0.5."""


def rms_dbfs(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64))))


def test_a_long_utterance_is_cut_to_its_first_samples():
    clip, valid = prepared(RAMP, Clip(evaluate=3))
    np.testing.assert_array_equal(clip, RAMP[:3])
    assert valid == 3


def test_a_short_utterance_is_repeated_and_all_of_the_clip_is_valid():
    clip, valid = prepared(RAMP, Clip(evaluate=12))
    np.testing.assert_array_equal(clip, np.resize(RAMP, 12))
    assert valid == 12


def test_a_short_utterance_is_padded_with_zeros_that_are_not_valid():
    clip, valid = prepared(RAMP, Clip(evaluate=8, short="pad"))
    np.testing.assert_array_equal(clip, [*RAMP, 0, 0, 0])
    assert valid == 5


def test_the_level_is_that_of_the_tiled_clip():
    clip, _ = prepared(RAMP, Clip(evaluate=7, level_dbfs=-26.0))
    assert rms_dbfs(clip) == pytest.approx(-26, abs=1e-4)
    # The last repeat is cut short, so the level of one repeat differs.
    assert abs(rms_dbfs(clip[:5]) + 26) > 0.5


def test_the_level_leaves_padding_out():
    clip, valid = prepared(RAMP, Clip(evaluate=50, short="pad", level_dbfs=-26.0))
    assert rms_dbfs(clip[:valid]) == pytest.approx(-26, abs=1e-4)
    assert not clip[valid:].any()


def test_only_the_samples_within_the_clip_count_for_the_level():
    loud_end = np.concatenate([RAMP, np.ones(5, np.float32)])
    clip, _ = prepared(loud_end, Clip(evaluate=5, level_dbfs=-26.0))
    expected, _ = prepared(RAMP, Clip(evaluate=5, level_dbfs=-26.0))
    np.testing.assert_array_equal(clip, expected)


@pytest.mark.parametrize(("length", "samples"), [(1, 4), (4, 4), (5, 8), (8, 8), (9, 8)])
def test_an_utterance_is_heard_in_the_smallest_bucket_that_holds_it(length, samples):
    clip = Clip(short="pad", buckets=(4, 8))
    assert heard_samples(length, clip) == samples
    waveform, valid = prepared(np.ones(length, np.float32), clip)
    assert (len(waveform), valid) == (samples, min(length, samples))


def test_the_longest_clip_is_the_last_bucket_or_the_evaluation_clip():
    assert most_samples(Clip(evaluate=6)) == 6
    assert most_samples(Clip(evaluate=6, short="pad", buckets=(4, 8))) == 8


def test_a_caller_may_ask_for_a_clip_of_another_length():
    clip, valid = prepared(RAMP, Clip(evaluate=3, short="pad"), samples=7)
    np.testing.assert_array_equal(clip, [*RAMP, 0, 0])
    assert valid == 5


@given(
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=10),
    buckets=st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True).map(sorted),
)
def test_no_smaller_bucket_holds_an_utterance(lengths, buckets):
    for length, number in zip(lengths, bucket_of(np.array(lengths), tuple(buckets)), strict=True):
        assert length <= buckets[number] or number == len(buckets) - 1
        assert number == 0 or length > buckets[number - 1]


@pytest.mark.parametrize(
    ("waveform", "message"),
    [
        (np.zeros(0, np.float32), "Expected one channel"),
        (np.zeros((2, 5), np.float32), "Expected one channel"),
        (np.array([0.1, np.nan], np.float32), "NaN or infinite"),
        (np.array([0.1, -np.inf], np.float32), "NaN or infinite"),
    ],
)
def test_a_waveform_that_is_no_utterance_is_refused(waveform, message):
    with pytest.raises(AudioError, match=message):
        prepared(waveform, Clip(evaluate=8))
