import numpy as np
import pytest
from scipy import signal

from spoofjax.audio.augmentation import ChannelVariation, NoiseAt
from spoofjax.audio.seeds import draw_seeds
from spoofjax.errors import AudioError, ConfigError

RATE = 16_000
SEEDS = draw_seeds(1, np.arange(6))
ALONE = {"equalise": 0.0, "noise": 0.0, "low_pass": 0.0}
PARTS = [
    ChannelVariation(),
    ChannelVariation(**{**ALONE, "equalise": 1.0}),
    ChannelVariation(**{**ALONE, "noise": 1.0}),
    ChannelVariation(**{**ALONE, "low_pass": 1.0}),
    ChannelVariation(equalise=1, noise=1, low_pass=1, knots=3, gain_db=12, snr_db=(-10, 0)),
]


def response(part, seed, size=4096):
    """Gain in dB at the frequencies 0 .. rate / 2 that a filtering part gives to an impulse."""
    impulse = np.zeros((1, size), np.float32)
    impulse[0, size // 2] = 1
    out = part(impulse, np.array([seed]), RATE)[0]
    return np.fft.rfftfreq(size, 1 / RATE), 20 * np.log10(np.abs(np.fft.rfft(out)) + 1e-9)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("rate", [16_000, 8_000])
def test_every_build_gives_what_plain_numpy_gives(plain, speechlike, simd, part, rate):
    expected = plain.channel(part, speechlike, SEEDS, rate)
    augmented = part(speechlike, SEEDS, rate)
    assert augmented.dtype == np.float32
    assert np.abs(expected - speechlike).max() > 1e-4
    np.testing.assert_allclose(augmented, expected, atol=2e-6 * np.abs(expected).max())


@pytest.mark.parametrize("samples", [1, 2, 15, 511, 512, 513, 16_384, 64_600])
def test_any_length(plain, samples):
    waves = np.random.default_rng(1).normal(size=(2, samples)).astype(np.float32)
    part = PARTS[-1]
    expected = plain.channel(part, waves, SEEDS[:2], RATE)
    np.testing.assert_allclose(
        part(waves, SEEDS[:2], RATE), expected, atol=3e-6 * np.abs(expected).max()
    )


def test_nothing_in_nothing_out():
    assert ChannelVariation()(np.zeros((0, 100)), SEEDS[:0], RATE).shape == (0, 100)
    assert ChannelVariation()(np.zeros((2, 0)), SEEDS[:2], RATE).shape == (2, 0)


def test_a_clip_depends_on_its_seed_alone(speechlike):
    part = ChannelVariation()
    changed = part(speechlike, SEEDS, RATE, threads=1)
    np.testing.assert_array_equal(part(speechlike, SEEDS, RATE, threads=3), changed)
    for row in range(6):
        alone = part(speechlike[row : row + 1], SEEDS[row : row + 1], RATE)
        np.testing.assert_array_equal(alone[0], changed[row])
    assert not np.array_equal(part(speechlike, SEEDS[::-1], RATE), changed)


def test_each_variation_comes_with_its_probability():
    impulses = np.zeros((3000, 64), np.float32)
    impulses[:, 32] = 1
    seeds = draw_seeds(2, np.arange(3000))
    for name, low_pass in (("equalise", 0.7), ("noise", 0.7), ("low_pass", 0.3)):
        part = ChannelVariation(**{**ALONE, name: low_pass}, wide_hz=(4500.0, 7900.0))
        changed = np.any(part(impulses, seeds, RATE) != impulses, axis=1)
        assert abs(changed.mean() - low_pass) < 0.035


def test_gains_of_the_equaliser_are_normal_at_the_knots():
    part = ChannelVariation(**{**ALONE, "equalise": 1.0})
    gains = []
    for seed in draw_seeds(4, np.arange(250)):
        frequency, gain = response(part, seed)
        gains.append(np.interp(np.linspace(0, 8000, 8), frequency, gain))
    gains = np.array(gains)
    np.testing.assert_allclose(gains.mean(axis=0), 0, atol=1.1)
    np.testing.assert_allclose(gains.std(axis=0), 4, atol=0.7)
    correlation = np.corrcoef(gains.T) - np.eye(8)
    assert np.abs(correlation).max() < 0.3


def test_the_noise_has_the_drawn_ratio(speechlike):
    for snr in (0.0, 20.0):
        noise = NoiseAt(snr_db=(snr, snr))(speechlike, SEEDS, RATE).astype(float) - speechlike
        ratio = np.sum(speechlike.astype(float) ** 2, axis=1) / np.sum(noise**2, axis=1)
        np.testing.assert_allclose(10 * np.log10(ratio), snr, atol=0.02)


def test_ratios_are_uniform_over_their_range():
    waves = np.random.default_rng(0).normal(size=(400, 2000)).astype(np.float32)
    noise = NoiseAt()(waves, draw_seeds(9, np.arange(400)), RATE) - waves
    ratio = 10 * np.log10(np.sum(waves**2, axis=1) / np.sum(noise**2, axis=1))
    assert ratio.min() >= 14.9
    assert ratio.max() <= 45.1
    np.testing.assert_allclose(np.histogram(ratio, 3, (15, 45))[0], 400 / 3, atol=40)


@pytest.mark.parametrize("slope", [-1.0, -0.5, 0.0, 0.2])
def test_the_noise_has_the_drawn_slope(slope):
    waves = np.random.default_rng(0).normal(size=(1, 160_000)).astype(np.float32)
    noise = NoiseAt(snr_db=(0.0, 0.0), slope=(slope, slope))(waves, SEEDS[:1], RATE) - waves
    frequency, power = signal.welch(noise[0], RATE, nperseg=1024)
    inside = (frequency > 200) & (frequency < 7500)
    octaves = np.log10(frequency[inside])
    assert abs(np.polyfit(octaves, np.log10(power[inside]) / 2, 1)[0] - slope) < 0.03


def test_a_low_pass_ends_the_band_at_a_drawn_cut_off():
    part = ChannelVariation(**{**ALONE, "low_pass": 1.0})
    cutoffs = []
    for seed in draw_seeds(5, np.arange(300)):
        frequency, gain = response(part, seed, 1024)
        above = frequency[gain < -6]
        if len(above) == 0 or above[0] > 7800:
            continue  # too near the end of the band to be measured
        cutoffs.append(above[0])
        assert np.abs(gain[frequency < cutoffs[-1] - 130]).max() < 0.1
        assert gain[frequency > cutoffs[-1] + 130].max() < -40
    cutoffs = np.array(cutoffs)
    narrow = (cutoffs > 3350) & (cutoffs < 4050)
    assert np.all(narrow | ((cutoffs > 4450) & (cutoffs < 7810)))
    assert abs(narrow.mean() - 0.4) < 0.1  # 0.4 / (0.4 + 0.6 * 3300 / 3500) = 0.41


def test_silence_stays_silence():
    np.testing.assert_array_equal(
        PARTS[-1](np.zeros((3, 5000), np.float32), SEEDS[:3], RATE), np.zeros((3, 5000))
    )


def test_the_given_waveforms_are_not_touched(speechlike):
    before = speechlike.copy()
    ChannelVariation()(speechlike, SEEDS, RATE)
    np.testing.assert_array_equal(speechlike, before)


@pytest.mark.parametrize(
    "options",
    [{"equalise": 1.5}, {"knots": 1}, {"snr_db": (10.0,)}, {"narrow_hz": (-5.0, 10.0)}],
)
def test_impossible_options_are_named(options):
    with pytest.raises(ConfigError, match=f"ChannelVariation: {next(iter(options))}="):
        ChannelVariation(**options)


def test_seeds_must_fit_the_clips(speechlike):
    with pytest.raises(AudioError, match="one seed per clip"):
        ChannelVariation()(speechlike, SEEDS[:2], RATE)
