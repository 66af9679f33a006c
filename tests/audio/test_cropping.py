import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.audio.cropping import crop_start, set_level

sizes = st.integers(1, 300)


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


@given(level=st.floats(-60, 0), scale=st.floats(1e-4, 1))
def test_the_level_is_the_rms_in_decibels(level, scale):
    samples = (scale * np.random.default_rng(0).normal(size=(2, 400))).astype(np.float32)
    levelled = set_level(samples, level)
    assert levelled.dtype == np.float32
    rms = np.sqrt(np.mean(levelled.astype(float) ** 2, axis=1))
    np.testing.assert_allclose(20 * np.log10(rms), level, atol=1e-4)


def test_silence_stays_silence():
    np.testing.assert_array_equal(set_level(np.zeros(100, np.float32), -20), np.zeros(100))
