import numpy as np
import pytest

from spoofjax.audio.augmentation import G711
from spoofjax.audio.codecs.g711 import round_trip
from spoofjax.errors import ConfigError


def mu_law_code(sample):
    """The 8-bit code of a 16-bit sample, bit by bit as in G.711's table for mu-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = 7
    while exponent > 0 and not magnitude & (0x80 << exponent):
        exponent -= 1
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 0x0F) & 0xFF


def mu_law_value(code):
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 132 << (code >> 4 & 7)) - 132
    return -magnitude if code & 0x80 else magnitude


def a_law_code(sample):
    mask = 0xD5 if sample >= 0 else 0x55
    magnitude = (sample if sample >= 0 else -sample - 1) >> 3
    segment = sum(magnitude > end for end in (0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF))
    return (segment << 4 | (magnitude >> max(segment, 1)) & 0x0F) ^ mask


def a_law_value(code):
    code ^= 0x55
    magnitude, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    magnitude += 8 if segment == 0 else 0x108
    magnitude <<= max(segment - 1, 0)
    return magnitude if code & 0x80 else -magnitude


LAWS = {"mu": (mu_law_code, mu_law_value), "a": (a_law_code, a_law_value)}


@pytest.mark.parametrize("law", ["mu", "a"])
def test_every_16_bit_sample_comes_back_as_by_the_tables(law):
    code, value = LAWS[law]
    samples = np.arange(-32768, 32768)
    expected = np.array([value(code(int(s))) for s in samples])
    decoded = round_trip((samples / 32768).astype(np.float32), law) * 32768
    np.testing.assert_array_equal(decoded, expected)
    assert len(np.unique(decoded)) in (255, 256)  # mu-law has two zeros


def test_known_values():
    ends = np.array([32767, -32768], np.float32) / 32768
    np.testing.assert_array_equal(round_trip(ends, "mu") * 32768, [32124, -32124])
    np.testing.assert_array_equal(round_trip(ends, "a") * 32768, [32256, -32256])
    np.testing.assert_array_equal(round_trip(np.zeros(1, np.float32), "mu"), [0])
    np.testing.assert_array_equal(round_trip(np.zeros(1, np.float32), "a") * 32768, [8])


def test_samples_beyond_full_scale_are_clipped():
    np.testing.assert_array_equal(
        round_trip(np.array([3.0, -3.0], np.float32), "mu") * 32768, [32124, -32124]
    )


@pytest.mark.parametrize("law", ["mu", "a"])
def test_the_line_ends_the_band_at_4_khz(law):
    rng = np.random.default_rng(0)
    waves = 0.1 * rng.normal(size=(2, 32_001)).astype(np.float32)
    out = G711(law)(waves, np.zeros(2, np.uint64), 16_000)
    assert out.shape == waves.shape
    before, after = (np.abs(np.fft.rfft(w)) ** 2 for w in (waves[0], out[0]))
    frequency = np.fft.rfftfreq(32_001, 1 / 16_000)
    low, high = frequency < 3400, frequency > 4200
    assert abs(10 * np.log10(after[low].sum() / before[low].sum())) < 0.1
    assert 10 * np.log10(after[high].sum() / before[high].sum()) < -35


def test_quantisation_noise_is_some_37_db_below_speech_levels():
    waves = 0.1 * np.random.default_rng(0).normal(size=(1, 32_000)).astype(np.float32)
    for law in ("mu", "a"):
        error = G711(law, resample=False)(waves, np.zeros(1, np.uint64), 16_000) - waves
        ratio = 10 * np.log10(np.mean(waves**2) / np.mean(error**2))
        assert 35 < ratio < 40


def test_another_law_is_refused():
    with pytest.raises(ConfigError, match="law must be 'mu' or 'a'"):
        G711("alaw")
