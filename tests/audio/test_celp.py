"""CELP: speech after the kind of codec that mobile calls and voice messages use."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sanitizers import random_cases

from spoofjax.audio.codecs.alignment import speech_like
from spoofjax.audio.codecs.celp import NARROW, NARROW_RATE, WIDE, WIDE_RATE, celp

MODES = [(NARROW_RATE, kilobits) for kilobits in NARROW] + [(WIDE_RATE, rate) for rate in WIDE]


def signal_to_noise(clip, decoded):
    """In dB."""
    return 10 * np.log10(np.mean(clip**2) / np.mean((clip - decoded) ** 2))


@pytest.mark.parametrize("rate", [NARROW_RATE, WIDE_RATE])
def test_every_bit_rate_comes_nearer_to_speech(rate):
    clip = speech_like(rate)[: 2 * rate]
    ratios = [signal_to_noise(clip, celp(clip, rate, mode)) for own, mode in MODES if own == rate]
    assert ratios == sorted(ratios)
    assert 3 < ratios[0] < ratios[-1] < 25


@pytest.mark.parametrize(("rate", "kilobits"), MODES)
def test_silence_before_and_after_speech_stays_silent(rate, kilobits):
    clip = speech_like(rate)[:rate]
    clip[: rate // 4] = clip[-rate // 4 :] = 0
    decoded = celp(clip, rate, kilobits)
    assert not decoded[: rate // 5].any()
    assert np.abs(decoded[-rate // 8 :]).max() < 1e-3 * np.abs(clip).max()


def test_a_clip_of_any_level_sounds_the_same():
    clip = speech_like(NARROW_RATE)[:4000]
    loud, soft = (celp(level * clip, NARROW_RATE, 12.9) / level for level in (0.5, 0.5 / 4096))
    assert np.corrcoef(loud, soft)[0, 1] > 0.9


@settings(deadline=None, max_examples=30)
@given(
    clip=arrays(np.float32, st.integers(0, 900), elements=st.floats(-1, 1, width=32)),
    mode=st.sampled_from(MODES),
)
def test_any_clip_keeps_its_length_and_stays_finite(clip, mode):
    decoded = celp(clip, *mode)
    assert decoded.shape == clip.shape
    assert np.isfinite(decoded).all()
    np.testing.assert_array_equal(celp(clip.copy(), *mode), decoded)


@pytest.mark.slow
def test_ten_seconds_of_random_clips_under_sanitizers(repository, tmp_path):
    harness, arguments = "audio/fuzz/fuzz_celp.c", ("1", "100000000", "10")
    assert random_cases(repository, "codecs", harness, tmp_path, *arguments) > 100
