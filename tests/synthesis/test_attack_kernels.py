"""The attacks in C do what their definitions say, on every kind of processor."""

import attack_definitions as plain
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoofjax.synthesis._attacks import mean_and_rms

from spoofjax.features import available_simd_levels
from spoofjax.synthesis import (
    GriffinLim,
    HarmonicPlusNoise,
    LinearPrediction,
    MelCepstral,
    PhaseRandomisation,
    Sinusoidal,
    SpectralWarp,
)
from spoofjax.synthesis.attack import drawn_seed
from spoofjax.synthesis.choosing import ATTACKS
from spoofjax.synthesis.pitch import track_pitch


@pytest.fixture(scope="module")
def clip(vowel):
    """A vowel of an RMS of 1, its onset and its end, cut at no multiple of a hop."""
    clip = vowel[1000:14_911]
    return ((clip - clip.mean()) / clip.std()).astype(np.float32)


def copy_and_seed(attack, clip):
    """The copy without the level of its parent, and the seed that was drawn for it."""
    copy = attack.synthesize(clip, np.random.default_rng(5))
    return copy, drawn_seed(np.random.default_rng(5))


def difference(copy, expected):
    return np.linalg.norm(copy - expected) / np.linalg.norm(expected)


@given(st.integers(1, 100), st.floats(-1e3, 1e3, width=32), st.floats(1e-3, 1e3))
def test_mean_and_level_are_exact_beside_a_large_offset(length, offset, scale):
    noise = np.random.default_rng(length).standard_normal(length)
    samples = (offset + scale * noise).astype(np.float32)
    exact = samples.astype(np.float64)
    assert mean_and_rms(samples) == pytest.approx((exact.mean(), exact.std()), rel=1e-9, abs=1e-9)


def test_a_constant_has_no_level_and_an_infinite_sample_no_finite_one():
    assert mean_and_rms(np.full(1001, 0.1, np.float32))[1] == 0
    for value in (np.inf, -np.inf, np.nan):
        samples = np.zeros(100, np.float32)
        samples[70] = value
        assert not np.isfinite(mean_and_rms(samples)[1])


def test_phases_are_turned_above_a_frequency(clip):
    copy, seed = copy_and_seed(PhaseRandomisation(amount=0.7, above_hz=1000), clip)
    assert difference(copy, plain.randomised(clip, seed, 256, 0.7, 32)) < 1e-5


@pytest.mark.parametrize("attack", [GriffinLim(iterations=3), GriffinLim("mel", 40, 2, 0.5)])
def test_griffin_lim_finds_phases(attack, clip):
    bands = attack.bands if attack.scale == "mel" else 0
    copy, seed = copy_and_seed(attack, clip)
    expected = plain.griffin_lim(clip, seed, 128, attack.iterations, attack.momentum, bands)
    assert difference(copy, expected) < 1e-4


def test_the_pitch_is_that_of_the_largest_correlation(clip):
    for hop in (128, 256):
        track = track_pitch(clip, hop)
        f0, height = plain.pitch(clip, hop)
        inside = slice(3000 // hop, 10_000 // hop)
        assert track.f0[inside] == pytest.approx(f0[inside], abs=0.05)
        assert height[inside].min() > 0.9
        assert len(track.f0) == len(f0)


def test_linear_prediction_filters_pulses_and_noise(clip):
    copy, seed = copy_and_seed(LinearPrediction(order=16), clip)
    expected = plain.predicted(clip, seed, 256, 16, track_pitch(clip, 256))
    assert difference(copy, expected) < 1e-3


def test_a_mel_cepstral_filter_has_the_minimum_phase(clip):
    copy, seed = copy_and_seed(MelCepstral(order=20, residual_hz=500), clip)
    expected = plain.mel_cepstral(clip, seed, 256, 20, track_pitch(clip, 256), 16)
    assert difference(copy, expected) < 1e-4


def test_harmonics_have_the_magnitudes_of_the_parent(clip):
    copy, seed = copy_and_seed(HarmonicPlusNoise(voiced_hz=3000), clip)
    expected = plain.harmonic(clip, seed, 128, 3000, track_pitch(clip, 128))
    assert difference(copy, expected) < 1e-4


def test_the_strongest_peaks_become_sinusoids(clip):
    copy, _ = copy_and_seed(Sinusoidal(peaks=30), clip)
    assert difference(copy, plain.strongest_peaks(clip, 128, 30)) < 1e-4


@pytest.mark.parametrize("semitones", [0.0, 3.0])
def test_envelope_and_pitch_are_warped(semitones, clip):
    copy, _ = copy_and_seed(SpectralWarp((1.2, 1.2), (semitones, semitones)), clip)
    direction = 1 if np.random.default_rng(5).random() < 0.5 else -1
    pitch, hop = 2 ** (direction * semitones / 12), 128 if semitones else 256
    assert difference(copy, plain.warped(clip, hop, 24, 1.2**direction, pitch)) < 1e-3


@pytest.mark.parametrize("name", ATTACKS)
def test_builds_agree(name, clip, monkeypatch):
    copies = []
    for level in available_simd_levels():
        monkeypatch.setenv("SPOOFJAX_SIMD", level)
        copies.append(ATTACKS[name].synthesize(clip, np.random.default_rng(5)))
    # 32 iterations of Griffin-Lim make more of a difference in rounding than the others.
    limit = 0.3 if name.startswith("griffin_lim") else 1e-3
    assert max(difference(copy, copies[0]) for copy in copies) < limit


@pytest.mark.parametrize("name", ATTACKS)
def test_clips_that_are_no_speech_have_finite_copies(name):
    random = np.random.default_rng(1)
    click = np.zeros(5000, np.float32)
    click[2500] = 1
    clips = (
        np.zeros(1000), np.ones(1), np.array([1.0, -1.0]), click, np.sign(random.normal(size=4000)),
        1e-30 * random.normal(size=3000), 1e15 * random.normal(size=3000), np.arange(700.0),
    )  # fmt: skip
    for clip in clips:
        parent = clip.astype(np.float32)
        copy = ATTACKS[name](parent, np.random.default_rng(1))
        assert copy.shape == parent.shape
        assert np.isfinite(copy).all()
