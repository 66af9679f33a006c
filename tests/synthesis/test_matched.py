"""Copies of another channel get the average spectrum and the noise of their parents."""

from dataclasses import dataclass

import numpy as np
import pytest
import scipy.ndimage
from scipy.signal import lfilter

from spoofjax.config import Attack
from spoofjax.synthesis import Matched, Sinusoidal
from spoofjax.synthesis.matched import matched


@dataclass(frozen=True)
class OtherChannel(Attack):
    """A copy as a vocoder of another corpus leaves it: treble is lost, and pauses are silent."""

    def __call__(self, samples, generator):
        dull = lfilter([0.2], [1, -0.8], samples)
        near = scipy.ndimage.maximum_filter1d(np.abs(samples), 400)
        return np.where(near > 0.01, dull, 0).astype(np.float32)


def levels_db(samples, where=slice(None)):
    """The level of sixteen bands of 500 Hz."""
    frames = np.lib.stride_tricks.sliding_window_view(samples[where], 512)[::128]
    powers = np.square(np.abs(np.fft.rfft(frames * np.hanning(512)))).mean(axis=0)
    return 10 * np.log10(powers[:256].reshape(16, 16).sum(axis=1) + 1e-12)


def test_average_spectrum_and_pauses_become_those_of_the_parent(vowel):
    copy, alike = (
        attack(vowel, np.random.default_rng(0))
        for attack in (OtherChannel(), Matched(OtherChannel()))
    )
    assert np.abs(levels_db(copy) - levels_db(vowel)).max() > 10
    assert np.abs(levels_db(alike) - levels_db(vowel)).max() < 1.5
    pause = slice(14_900, 16_000)
    assert levels_db(copy, pause).max() < -100
    assert np.abs(levels_db(alike, pause) - levels_db(vowel, pause)).max() < 3


def test_what_matches_already_stays_as_it_is(vowel):
    same = matched(vowel, vowel, np.random.default_rng(0))
    np.testing.assert_allclose(same, vowel, atol=1e-5)


def test_a_matched_copy_is_still_the_copy(vowel):
    copy = Sinusoidal(peaks=20)(vowel, np.random.default_rng(1))
    alike = Matched(Sinusoidal(peaks=20))(vowel, np.random.default_rng(1))
    voiced = slice(4000, 12_000)
    assert np.corrcoef(copy[voiced], alike[voiced])[0, 1] > 0.9
    assert not np.array_equal(alike, vowel)


@pytest.mark.parametrize("length", [1, 37, 512, 1234])
def test_short_clips_keep_their_length_and_level(vowel, length):
    clip = vowel[5000 : 5000 + length] + np.float32(0.01)
    copy = Matched(OtherChannel())(clip, np.random.default_rng(0))
    assert copy.shape == clip.shape
    assert np.isfinite(copy).all()
    assert copy.std() == pytest.approx(clip.std(), rel=1e-3, abs=1e-6)


def test_silence_between_and_a_silent_parent_make_no_nan(vowel):
    copy = matched(vowel, np.zeros_like(vowel), np.random.default_rng(0))
    assert np.isfinite(copy).all()
    copy = matched(np.zeros_like(vowel), vowel, np.random.default_rng(0))
    assert np.isfinite(copy).all()
