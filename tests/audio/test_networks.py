"""What networks do to a signal: lost packets, limited bands, other sample rates."""

import numpy as np
import pytest

from spoofjax.audio.augmentation import BandLimit, PacketLoss, Resampling
from spoofjax.audio.codecs.alignment import delay_of, speech_like
from spoofjax.audio.seeds import draw_seeds
from spoofjax.errors import ConfigError

RATE = 16_000
PACKET = 320
SEEDS = draw_seeds(2, np.arange(60))


def lost_packets(clips, **options):
    """Whether each packet of each clip is lost, bool (clips, packets)."""
    received = PacketLoss(concealment="zero", **options)(clips, SEEDS, RATE)
    return np.all(received.reshape(len(clips), -1, PACKET) == 0, axis=2)


def test_packets_are_lost_in_the_drawn_share_and_bursts():
    clips = np.ones((60, 200 * PACKET), np.float32)
    is_lost = lost_packets(clips, share=(0.1, 0.1), burst=(3, 3))
    assert abs(is_lost.mean() - 0.1) < 0.015
    begins = np.sum(is_lost[:, 1:] & ~is_lost[:, :-1]) + np.sum(is_lost[:, 0])
    assert abs(is_lost.sum() / begins - 3) < 0.4
    assert not lost_packets(clips, share=(0, 0)).any()


def test_a_lost_packet_repeats_the_one_before_and_fades():
    clips = np.repeat(np.arange(1, 41), PACKET)[None].astype(np.float32).repeat(60, axis=0)
    is_lost = lost_packets(clips, share=(0.3, 0.3), burst=(2, 2))
    repeated = PacketLoss(share=(0.3, 0.3), burst=(2, 2))(clips, SEEDS, RATE)[:, ::PACKET]
    for lost, heard in zip(is_lost, repeated, strict=True):
        expected, repetitions = np.arange(1.0, 41.0), 0
        for place in np.flatnonzero(lost):
            repetitions = repetitions + 1 if place and lost[place - 1] else 1
            before = expected[place - 1] if place else 0
            expected[place] = before * (1 if repetitions == 1 or not before else 0.5)
        np.testing.assert_array_equal(heard, expected)


def test_a_band_ends_where_it_is_drawn_and_is_not_delayed():
    noise = np.random.default_rng(0).normal(size=(2, 16_000)).astype(np.float32)
    limited = BandLimit(low_hz=(300, 300), high_hz=(3400, 3400))(noise, SEEDS[:2], RATE)
    before, after = (np.abs(np.fft.rfft(clips)) ** 2 for clips in (noise, limited))
    frequencies = np.fft.rfftfreq(16_000, 1 / RATE)

    def gain_db(low, high):
        inside = (frequencies > low) & (frequencies < high)
        return 10 * np.log10(after[:, inside].sum() / before[:, inside].sum())

    assert abs(gain_db(600, 3100)) < 0.2
    assert gain_db(0, 100) < -20
    assert gain_db(3700, 8000) < -40
    assert delay_of(limited[0], noise[0]) == 0
    unlimited = BandLimit(low_hz=(0, 0), high_hz=(8000, 8000))(noise, SEEDS[:2], RATE)
    np.testing.assert_allclose(unlimited, noise, atol=1e-5)


def test_resampling_ends_the_band_and_delays_nothing():
    clips = np.random.default_rng(0).normal(size=(1, 4001)).astype(np.float32).repeat(60, axis=0)
    resampled = Resampling(rates=(8_000, 44_100), most_stages=2)(clips, SEEDS, RATE)
    assert resampled.shape == clips.shape
    assert {delay_of(row, clips[0]) for row in resampled} == {0}
    above = np.sum(np.abs(np.fft.rfft(resampled)[:, 1250:]) ** 2, axis=1)  # 5 kHz
    is_narrow = above < 0.1 * np.sum(np.abs(np.fft.rfft(clips[0])[1250:]) ** 2)
    # One stage misses 8 kHz in half of the draws, and two stages in a quarter of them.
    assert abs(is_narrow.mean() - 5 / 8) < 0.2


@pytest.mark.parametrize("part", [PacketLoss, BandLimit, Resampling])
def test_a_share_of_the_clips_is_changed_by_their_seeds_alone(part):
    clips = speech_like(RATE)[None, :6400].repeat(60, axis=0)
    changed = part(probability=0.5)(clips, SEEDS, RATE, threads=1)
    is_changed = np.any(changed != clips, axis=1)
    assert 0.15 < is_changed.mean() < 0.7  # a short clip may lose no packet
    for row in np.flatnonzero(is_changed)[:3]:
        alone = part(probability=0.5)(clips[row : row + 1], SEEDS[row : row + 1], RATE)
        np.testing.assert_array_equal(alone[0], changed[row])


def test_impossible_options_of_networks_are_named():
    with pytest.raises(ConfigError, match="PacketLoss: share="):
        PacketLoss(share=(0, 1))
    with pytest.raises(ConfigError, match="concealment='mute'"):
        PacketLoss(concealment="mute")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigError, match="Resampling: rates="):
        Resampling(rates=())
    with pytest.raises(ConfigError, match="BandLimit: probability="):
        BandLimit(probability=-1)
