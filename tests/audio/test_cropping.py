import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.audio.cropping import crop_start, fit, set_level, tile
from spoofjax.errors import AudioError

sizes = st.integers(1, 300)


def test_short_utterances_are_repeated():
    np.testing.assert_array_equal(tile(np.arange(3), 8), [0, 1, 2, 0, 1, 2, 0, 1])


@given(length=sizes, n=sizes)
def test_a_tiled_clip_repeats_with_the_utterance_s_period(length, n):
    samples = np.arange(length, dtype=np.float32)
    np.testing.assert_array_equal(tile(samples, n), np.arange(n) % length)


def test_nothing_cannot_be_repeated():
    with pytest.raises(AudioError, match="without samples"):
        tile(np.zeros(0, np.float32), 10)


@given(length=sizes, n=sizes, seed=st.integers(0, 2**64 - 1))
def test_a_crop_lies_within_the_utterance(length, n, seed):
    start = crop_start(length, n, seed)
    assert 0 <= start <= max(length - n, 0)


def test_an_utterance_of_exactly_the_clip_s_length_is_not_cropped():
    assert {crop_start(64_600, 64_600, seed) for seed in range(100)} == {0}


def test_every_start_is_drawn_equally_often():
    counts = np.bincount([crop_start(107, 100, seed) for seed in range(8000)], minlength=8)
    assert len(counts) == 8
    assert np.abs(counts - 1000).max() < 130  # some four standard deviations


@given(length=sizes, n=sizes, start=st.integers(0, 299))
def test_fit_gives_the_clip_s_length_from_its_start(length, n, start):
    start %= length
    samples = np.arange(length, dtype=np.float32)
    np.testing.assert_array_equal(fit(samples, n, start), (start + np.arange(n)) % length)


def test_fit_refuses_a_start_outside():
    with pytest.raises(AudioError, match="sample 9 lies outside an utterance of 5"):
        fit(np.zeros(5, np.float32), 3, 9)


@given(level=st.floats(-60, 0), scale=st.floats(1e-4, 1))
def test_the_level_is_the_rms_in_decibels(level, scale):
    samples = (scale * np.random.default_rng(0).normal(size=(2, 400))).astype(np.float32)
    found = set_level(samples, level)
    assert found.dtype == np.float32
    rms = np.sqrt(np.mean(found.astype(float) ** 2, axis=1))
    np.testing.assert_allclose(20 * np.log10(rms), level, atol=1e-4)


def test_silence_stays_silence():
    np.testing.assert_array_equal(set_level(np.zeros(100, np.float32), -20), np.zeros(100))
