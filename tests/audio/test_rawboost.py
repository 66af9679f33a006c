import numpy as np
import pytest

from spoofjax.audio.augmentation import RawBoost
from spoofjax.audio.seeds import draw_seeds
from spoofjax.errors import ConfigError

RATE = 16_000
SEEDS = draw_seeds(1, np.arange(6))


@pytest.mark.parametrize("algorithm", range(1, 9))
def test_every_build_gives_what_plain_scipy_gives(plain, speechlike, simd, algorithm):
    part = RawBoost(algorithm)
    expected = plain.rawboost(part, speechlike, SEEDS, RATE)
    augmented = part(speechlike, SEEDS, RATE)
    assert augmented.dtype == np.float32
    assert np.all(np.abs(expected - speechlike).max(axis=1) > 1e-4)
    np.testing.assert_allclose(augmented, expected, atol=1e-6)


@pytest.mark.parametrize("samples", [64, 1000, 64_600])
@pytest.mark.parametrize(
    "options",
    [
        {"orders": 3, "bands": 4},
        {"orders": 1, "bands": 5, "taps": (10.0, 30.0)},
        {"impulse_percent": 100.0, "impulse_gain": 0.5},
        {"gain_db": (-3.0, 3.0), "higher_gain_db": (0.0, 6.0)},
    ],
)
def test_other_options_and_lengths(plain, samples, options):
    waves = 0.1 * np.random.default_rng(1).normal(size=(4, samples)).astype(np.float32)
    part = RawBoost(4, **options)
    expected = plain.rawboost(part, waves, SEEDS[:4], RATE)
    # Smaller filters find their peak gain on a coarser grid of frequencies.
    tolerance = 1e-6 if part.bands * part.taps[1] > 256 else 1e-2
    np.testing.assert_allclose(part(waves, SEEDS[:4], RATE), expected, atol=tolerance)


def test_more_notches_than_published_need_longer_transforms(plain):
    part = RawBoost(1, orders=2, bands=9, taps=(60.0, 140.0))
    waves = 0.2 * np.random.default_rng(1).normal(size=(3, 9000)).astype(np.float32)
    expected = plain.rawboost(part, waves, SEEDS[:3], RATE)
    np.testing.assert_allclose(part(waves, SEEDS[:3], RATE), expected, atol=2e-3)


@pytest.mark.parametrize("algorithm", [4, 8])
def test_a_clip_depends_on_its_seed_alone(speechlike, algorithm):
    part = RawBoost(algorithm)
    changed = part(speechlike, SEEDS, RATE, threads=1)
    np.testing.assert_array_equal(part(speechlike, SEEDS, RATE, threads=3), changed)
    for row in range(6):
        alone = part(speechlike[row : row + 1], SEEDS[row : row + 1], RATE)
        np.testing.assert_array_equal(alone[0], changed[row])
    assert not np.array_equal(part(speechlike, SEEDS[::-1], RATE), changed)


def test_order_one_is_a_filter_with_notches_and_a_peak_gain_of_one():
    impulse = np.zeros((60, 2048), np.float32)
    impulse[:, 1024] = 0.5
    out = RawBoost(1, orders=1)(impulse, draw_seeds(3, np.arange(60)), RATE)
    gain = 2 * np.abs(np.fft.rfft(out + 1e-12))[:, 2:]  # the mean is removed: not below 16 Hz
    np.testing.assert_allclose(gain.max(axis=1), 1, atol=0.01)
    assert np.median(gain.min(axis=1)) < 0.1


def test_impulses_hit_a_uniform_share_of_up_to_ten_per_cent():
    waves = np.full((300, 2000), 0.1, np.float32)
    changed = RawBoost(2)(waves, draw_seeds(6, np.arange(300)), RATE) != waves
    share = changed.mean(axis=1)
    assert share.max() <= 0.1
    np.testing.assert_allclose(np.histogram(share, 4, (0, 0.1))[0], 75, atol=30)
    positions = changed.reshape(300, 8, 250).sum(axis=(0, 2))
    np.testing.assert_allclose(positions / positions.mean(), 1, atol=0.05)


def test_impulses_have_the_published_size():
    waves = np.full((40, 20_000), 0.1, np.float32)
    out = RawBoost(2)(waves, draw_seeds(8, np.arange(40)), RATE)
    factor = (out[out != waves] / np.float32(0.1) - 1) / 2  # product of two uniform numbers
    assert np.abs(factor).max() <= 1
    assert abs(factor.mean()) < 0.01
    assert abs(np.mean(factor**2) - 1 / 9) < 0.005


def test_more_than_half_of_the_samples_can_be_hit(plain):
    waves = np.full((20, 3000), 0.1, np.float32)
    seeds = draw_seeds(6, np.arange(20))
    part = RawBoost(2, impulse_percent=100)
    changed = np.mean(part(waves, seeds, RATE) != waves, axis=1)
    assert changed.max() > 0.8
    assert changed.min() < 0.3


def test_stationary_noise_has_a_ratio_within_its_range():
    waves = 0.1 * np.random.default_rng(0).normal(size=(300, 3000)).astype(np.float32)
    noise = RawBoost(3)(waves, draw_seeds(4, np.arange(300)), RATE).astype(float) - waves
    ratio = 10 * np.log10(np.sum(waves.astype(float) ** 2, axis=1) / np.sum(noise**2, axis=1))
    assert ratio.min() >= 9.99
    assert ratio.max() <= 40.01
    np.testing.assert_allclose(np.histogram(ratio, 3, (10, 40))[0], 100, atol=35)


def test_peaks_are_brought_to_one_only_when_above():
    rng = np.random.default_rng(2)
    loud = np.clip(rng.normal(size=(8, 4000)), -1, 1).astype(np.float32)
    seeds = draw_seeds(0, np.arange(8))
    np.testing.assert_allclose(np.abs(RawBoost(8)(loud, seeds, RATE)).max(axis=1), 1, atol=1e-5)
    assert np.abs(RawBoost(1)(loud / 1000, seeds, RATE)).max() < 0.002


def test_silence_stays_silence():
    zeros = np.zeros((3, 5000), np.float32)
    np.testing.assert_array_equal(RawBoost()(zeros, SEEDS[:3], RATE), zeros)


def test_lower_rates_keep_their_notches_in_the_band(plain, speechlike):
    expected = plain.rawboost(RawBoost(), speechlike, SEEDS, 8000)
    np.testing.assert_allclose(RawBoost()(speechlike, SEEDS, 8000), expected, atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [{"algorithm": 9}, {"orders": 0}, {"bands": 2.5}, {"taps": (0.0, 10.0)}, {"snr_db": 10}],
)
def test_impossible_options_are_named(options):
    with pytest.raises(ConfigError, match=f"RawBoost.*{next(iter(options))}="):
        RawBoost(**options)
