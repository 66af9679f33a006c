import numpy as np
import pytest

from spoofjax.audio.augmentation import Chain, Transmission
from spoofjax.audio.codecs.alignment import delay_of, shifted, speech_like
from spoofjax.audio.codecs.codec import Codec
from spoofjax.audio.codecs.table import CODECS
from spoofjax.audio.seeds import draw_seeds
from spoofjax.errors import ConfigError

RATE = 16_000
INSTALLED = [name for name, codec in CODECS.items() if not codec.missing()]
SETTINGS = [
    (name, setting)
    for name in INSTALLED
    for setting in sorted({CODECS[name].settings[0], CODECS[name].settings[-1]})
]


@pytest.mark.parametrize(("name", "setting"), SETTINGS)
def test_a_round_trip_keeps_length_and_place(name, setting):
    clip = speech_like(RATE)[3000:10_001]
    decoded = CODECS[name].round_trip(clip, RATE, setting)
    assert decoded.shape == clip.shape
    assert decoded.dtype == np.float32
    assert abs(delay_of(decoded, clip)) <= RATE // 1000
    assert np.corrcoef(decoded, clip)[0, 1] > 0.4
    assert not np.array_equal(decoded, clip)


@pytest.mark.parametrize("name", [name for name in INSTALLED if len(CODECS[name].settings) > 1])
def test_lower_bit_rates_lose_more(name):
    clip = speech_like(RATE)[:8000]
    ends = CODECS[name].settings[0], CODECS[name].settings[-1]
    decoded = [CODECS[name].round_trip(clip, RATE, setting) for setting in ends]
    worst, best = (np.corrcoef(clip, samples)[0, 1] for samples in decoded)
    assert best > worst


def test_the_delay_of_a_codec_is_removed():
    def late(samples, rate, setting):
        return shifted(samples, -137, len(samples))

    clip = speech_like(RATE)[:5000]
    decoded = Codec("late", RATE, (1,), late, str).round_trip(clip, RATE, 1)
    np.testing.assert_array_equal(decoded, clip)


def test_a_clip_is_coded_by_its_seed_alone(speechlike):
    part = Transmission(codecs=("gsm", "g711", "vorbis"), probability=0.7)
    clips, seeds = speechlike[:, :4000], draw_seeds(3, np.arange(6))
    coded = part(clips, seeds, RATE, threads=2)
    np.testing.assert_array_equal(part(clips, seeds, RATE, threads=1), coded)
    np.testing.assert_array_equal(part(clips[2:3], seeds[2:3], RATE)[0], coded[2])


def test_both_classes_are_coded_alike_and_every_codec_equally_often(monkeypatch):
    # Stand-ins for codecs write their number into the clip, so that it can be counted.
    numbers = {name: float(number) for number, name in enumerate(("mp3", "gsm", "opus"), start=1)}
    for name, number in numbers.items():
        monkeypatch.setitem(
            CODECS, name, Codec(name, RATE, (1,), lambda s, r, k, n=number: 0 * s + n / 4, str)
        )
    part = Transmission(codecs=tuple(numbers), probability=0.6)
    # As Balanced draws: the even draws of a run are bona fide and the odd ones spoofs.
    coded = part(np.zeros((4000, 1), np.float32), draw_seeds(1, np.arange(4000)), RATE)[:, 0]
    for of_class in (coded[::2], coded[1::2]):
        shares = np.bincount((4 * of_class).astype(int), minlength=4) / len(of_class)
        np.testing.assert_allclose(shares, [0.4, 0.2, 0.2, 0.2], atol=0.035)


def test_clips_of_other_rates_keep_their_place():
    clip = speech_like(24_000)[:12_000]
    decoded = CODECS["gsm"].round_trip(clip, 24_000, 13)
    assert len(decoded) == len(clip)
    assert abs(delay_of(decoded, clip)) <= 24


def test_the_shortest_clips_can_be_coded():
    for name in INSTALLED:
        codec = CODECS[name]
        assert codec.round_trip(np.zeros(1, np.float32), RATE, codec.settings[0]).shape == (1,)


def test_a_codec_that_is_missing_or_unknown_is_named(monkeypatch):
    lacking = Codec("aac", RATE, (1,), lambda s, r, k: s, lambda: "PyAV is not installed")
    monkeypatch.setitem(CODECS, "aac", lacking)
    chain = Chain((Transmission(codecs=("gsm", "aac")),))
    with pytest.raises(ConfigError, match="codec 'aac' cannot be used: PyAV is not installed"):
        chain.check(RATE)
    with pytest.raises(ConfigError, match=r"no codec 'mp33'\. Did you mean mp3\?"):
        Transmission(codecs=("mp33",))
    Transmission().check(RATE)
