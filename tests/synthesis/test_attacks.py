"""Attacks: copies of bona fide speech that keep what each attack says it keeps."""

from importlib.util import find_spec

import attack_definitions as plain
import numpy as np
import pytest

from spoofjax.errors import AudioError, ConfigError
from spoofjax.synthesis import (
    GriffinLim,
    HarmonicPlusNoise,
    LinearPrediction,
    MelCepstral,
    PhaseRandomisation,
    Sinusoidal,
    SpectralWarp,
    World,
)
from spoofjax.synthesis.pitch import track_pitch

HOP = 128
needs_world = pytest.mark.skipif(find_spec("pyworld") is None, reason="pyworld is not installed")
WORLD = pytest.param(World(), marks=needs_world)
ATTACKS = (
    GriffinLim(),
    GriffinLim(scale="mel", iterations=4),
    LinearPrediction(),
    MelCepstral(),
    MelCepstral(residual_hz=1000.0),
    HarmonicPlusNoise(),
    PhaseRandomisation(),
    Sinusoidal(),
    SpectralWarp(),
    SpectralWarp(semitones=(1.0, 4.0)),
    WORLD,
)


def copy_of(samples, attack, seed=1):
    return attack(samples, np.random.default_rng(seed))


def magnitudes(samples):
    return np.abs(plain.spectra_of(samples, HOP))


def spectral_convergence(parent, copy):
    """The error of the magnitudes as a share of them."""
    error = magnitudes(parent) - magnitudes(copy)
    return np.linalg.norm(error) / np.linalg.norm(magnitudes(parent))


def envelope(samples):
    """The mean log envelope in the middle of the vowel, without its level."""
    cepstra = plain.mel_cepstra(magnitudes(samples)[40:90], 24).mean(axis=0)
    logs = plain.cosines(np.linspace(0, 8000, 257), 24) @ cepstra
    return logs - logs.mean()


def envelope_distance_db(parent, copy, below_hz=4000):
    difference = (envelope(parent) - envelope(copy))[: below_hz * 512 // 16_000]
    return 8.686 * np.sqrt(np.mean(np.square(difference - difference.mean())))


def semitones_from_140_hz(copy):
    pitch = track_pitch(copy, HOP)
    return 12 * np.log2(np.median(pitch.f0[pitch.is_voiced]) / 140)


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
def test_a_copy_has_the_length_the_level_and_the_mean_of_its_parent(attack, vowel):
    for parent in (vowel + np.float32(0.01), vowel[:1234], vowel[:37]):
        copy = copy_of(parent, attack)
        assert copy.dtype == np.float32
        assert copy.shape == parent.shape
        assert np.isfinite(copy).all()
        assert copy.mean() == pytest.approx(parent.mean(), abs=1e-5)
        assert copy.std() == pytest.approx(parent.std(), rel=1e-3)


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
def test_a_copy_is_a_function_of_samples_and_seed_and_no_parent(attack, vowel):
    before = vowel.copy()
    copy = copy_of(vowel, attack)
    assert (copy == copy_of(vowel, attack)).all()
    assert (vowel == before).all()
    assert np.linalg.norm(copy - vowel) > 0.01 * np.linalg.norm(vowel)


@pytest.mark.parametrize("attack", [a for a in ATTACKS if type(a) is not SpectralWarp], ids=repr)
def test_all_but_the_warp_keep_the_envelope(attack, vowel):
    assert envelope_distance_db(vowel, copy_of(vowel, attack)) < 4


@pytest.mark.parametrize("attack", [a for a in ATTACKS if type(a) is not Sinusoidal], ids=repr)
def test_all_but_sinusoids_keep_the_level_above_5_khz(attack, vowel):
    # A band that an attack empties or fills gives its copies away.
    slope = np.convolve(vowel, [0.2, 0.6, 0.2], "same").astype(np.float32)
    levels = [
        20 * np.log10(magnitudes(samples)[20:100, :256]).mean(axis=0).reshape(8, 32).mean(axis=1)
        for samples in (slope, copy_of(slope, attack))
    ]
    assert np.abs(levels[0] - levels[1])[5:].max() < 7


@pytest.mark.parametrize("attack", [LinearPrediction(), MelCepstral(), HarmonicPlusNoise(), WORLD])
def test_vocoders_keep_the_pitch(attack, vowel):
    pitch = track_pitch(copy_of(vowel, attack), HOP)
    assert np.median(pitch.f0[pitch.is_voiced]) == pytest.approx(140, abs=3)


def test_the_tracker_finds_the_pitch_and_the_pauses(vowel):
    pitch = track_pitch(vowel, HOP)
    assert pitch.f0[20:100] == pytest.approx(140, abs=2)
    assert pitch.is_voiced[20:100].all()
    assert not pitch.is_voiced[[1, 2, -3, -2]].any()


def test_griffin_lim_keeps_the_magnitudes(vowel):
    assert spectral_convergence(vowel, copy_of(vowel, GriffinLim(iterations=32))) < 0.1
    mel = GriffinLim(scale="mel", iterations=16)
    assert spectral_convergence(vowel, copy_of(vowel, mel)) < 0.35


def test_momentum_brings_griffin_lim_nearer(vowel):
    fast, slow = (
        spectral_convergence(vowel, copy_of(vowel, GriffinLim(iterations=20, momentum=m)))
        for m in (0.99, 0.0)
    )
    assert fast < slow


def test_no_phase_below_a_frequency_is_turned(vowel):
    copy = copy_of(vowel, PhaseRandomisation(amount=1.0, above_hz=4000))
    spectra = [np.fft.rfft(samples) for samples in (vowel, copy)]
    low, high = slice(200, 3800), slice(4200, 8000)
    assert np.abs(spectra[0] - spectra[1])[low].max() < 0.02 * np.abs(spectra[0]).max()
    assert np.linalg.norm((spectra[0] - spectra[1])[high]) > 0.5 * np.linalg.norm(spectra[0][high])


def test_few_sinusoids_hold_a_vowel(vowel):
    assert spectral_convergence(vowel, copy_of(vowel, Sinusoidal(peaks=40))) < 0.2


def test_the_warp_moves_the_envelope_and_the_semitones_the_pitch(vowel):
    warped = copy_of(vowel, SpectralWarp(warp=(1.25, 1.25)))
    assert envelope_distance_db(vowel, warped) > 4
    shifted = copy_of(vowel, SpectralWarp(warp=(1.0, 1.0), semitones=(4.0, 4.0)))
    assert abs(semitones_from_140_hz(shifted)) == pytest.approx(4, abs=0.4)


@needs_world
def test_world_shifts_the_pitch_up_or_down_and_keeps_the_envelope(vowel):
    copies = [copy_of(vowel, World(semitones=(3.0, 3.0)), seed) for seed in range(8)]
    shifts = [semitones_from_140_hz(copy) for copy in copies]
    assert np.abs(shifts) == pytest.approx(3, abs=0.2)
    assert min(shifts) < 0 < max(shifts)
    assert envelope_distance_db(vowel, copies[0]) < 4


def test_without_pyworld_world_says_what_to_install(vowel, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'spoofjax\[world\]'"):
        copy_of(vowel, World())


def test_silence_stays_and_what_is_no_waveform_is_refused():
    silence = np.full(500, 0.25, np.float32)
    assert (copy_of(silence, LinearPrediction()) == silence).all()
    for samples in (np.zeros((2, 100)), np.zeros(0), np.array([0.0, np.nan])):
        with pytest.raises(AudioError):
            copy_of(samples, LinearPrediction())


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (GriffinLim, {"scale": "bark"}),
        (GriffinLim, {"iterations": 0}),
        (LinearPrediction, {"order": 0}),
        (PhaseRandomisation, {"amount": 2.0}),
        (SpectralWarp, {"warp": (1.3, 1.1)}),
        (World, {"semitones": (2.0, 1.0)}),
    ],
)
def test_settings_that_make_no_sense_are_refused(kind, settings):
    with pytest.raises(ConfigError, match=kind.__name__):
        kind(**settings)
