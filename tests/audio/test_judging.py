"""Waveforms that cannot be judged get a reason; speech of every kind can be judged."""

import numpy as np
import pytest
import soundfile

from spoofjax.audio.judging import Origin, TrainingAudio, rate_problem, reason_against

RATE = 16_000


@pytest.fixture
def voice():
    """float32 (32000,): two seconds of a buzz with harmonics that swells like syllables."""
    time = np.arange(2 * RATE) / RATE
    buzz = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 20))
    return (0.1 * buzz * np.abs(np.sin(2 * np.pi * 2 * time))).astype(np.float32)


def test_a_voice_can_be_judged(voice):
    assert reason_against(voice, RATE) is None
    assert reason_against(voice, RATE, heard=9_000, origin=Origin(44_100, 2, 0.1)) is None
    assert reason_against(0.02 * voice, RATE) is None


def test_less_than_half_a_second_is_too_short(voice):
    assert "only 0.49 s" in reason_against(voice[:7_900], RATE).text
    assert reason_against(voice[3_000:11_000], RATE) is None
    assert "only 0.00 s" in reason_against(np.zeros(0, np.float32), RATE).text


@pytest.mark.parametrize("value", [0.0, 0.25])
def test_equal_samples_are_digital_silence(value):
    assert "digital silence" in reason_against(np.full(RATE, value, np.float32), RATE).text


def test_dither_and_sounds_below_60_dbfs_are_nearly_silent(voice):
    dither = np.random.default_rng(0).integers(-1, 2, RATE).astype(np.float32) / 32768
    assert "nearly silent" in reason_against(dither, RATE).text
    assert "nearly silent" in reason_against(voice * 0.001, RATE).text


def test_only_the_heard_part_counts(voice):
    late = np.concatenate([np.zeros(RATE, np.float32), voice])
    assert "digital silence" in reason_against(late, RATE, heard=RATE).text
    assert reason_against(late, RATE) is None


@pytest.mark.parametrize("hertz", [20, 50, 6_000])
def test_hum_and_whistles_outside_the_band_are_not_speech(hertz):
    tone = 0.1 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
    assert (
        "no speech-like energy: less than 5%" in reason_against(tone.astype(np.float32), RATE).text
    )


def test_a_steady_tone_is_not_speech():
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert "tone near 450 Hz" in reason_against(tone.astype(np.float32), RATE).text


def test_white_noise_is_not_speech_but_noisy_speech_is(voice):
    noise = 0.03 * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    assert "white noise" in reason_against(noise, RATE).text
    assert reason_against(voice + noise, RATE) is None


def test_channels_of_opposite_sign_cancel(voice):
    rms = float(np.sqrt(np.mean(voice**2)))
    assert "channels cancel" in reason_against(0 * voice, RATE, origin=Origin(RATE, 2, rms)).text
    assert "channels cancel" in reason_against(0.05 * voice, RATE, origin=Origin(RATE, 2, rms)).text
    # One silent channel halves the mean but cancels nothing.
    assert reason_against(0.5 * voice, RATE, origin=Origin(RATE, 2, rms)) is None


def test_a_large_dc_offset_is_named(voice):
    assert "a DC offset of +0.050" in reason_against(voice + np.float32(0.05), RATE).text
    assert reason_against(voice + np.float32(0.002), RATE) is None


@pytest.mark.parametrize("rate", [1, 3_999, 768_001, 2**31 - 1])
def test_an_implausible_rate_is_named(voice, rate):
    assert f"{rate:,} Hz" in reason_against(voice, RATE, origin=Origin(rate)).text
    assert f"{rate:,} Hz" in rate_problem(rate)


def test_speech_of_a_corpus_can_be_judged(shared):
    paths = sorted((shared / "mini5" / "flac_D").glob("*.flac"))[::40]
    reasons = {path.name: reason_against(*soundfile.read(path, dtype="float32")) for path in paths}
    assert len(paths) >= 10
    assert not {name: why for name, why in reasons.items() if why}


def test_a_dc_offset_is_compared_with_those_of_training(voice):
    offset = 0.3 * float(voice.std())
    text = reason_against(voice + np.float32(offset), RATE, training=TrainingAudio(0.004)).text
    assert text.endswith("30% of the signal's RMS; in training it was at most 0.4%")
    assert reason_against(voice + np.float32(offset), RATE, training=TrainingAudio(0.2)) is None
    small = np.float32(0.04 * float(voice.std()))
    assert reason_against(voice + small, RATE, training=TrainingAudio(0.0)) is None
    moderate = np.float32(0.08 * float(voice.std()))
    assert reason_against(voice + moderate, RATE, training=TrainingAudio(0.0)).kind == "dc-offset"
    assert reason_against(voice + moderate, RATE) is None


def test_a_level_is_compared_with_those_of_training(voice):
    level = 20 * np.log10(float(voice.std()))
    near = TrainingAudio(0.01, (level - 3, level + 3))
    assert reason_against(voice, RATE, training=near) is None
    assert reason_against(voice / 9, RATE, training=near) is None
    reason = reason_against(voice / 16, RATE, training=near)
    assert reason.kind == "level"
    assert f"{level - 24.1:.0f} dBFS; in training it was {level - 3:.0f} to" in reason.text
    assert reason_against(voice / 16, RATE, training=TrainingAudio(0.01)) is None
