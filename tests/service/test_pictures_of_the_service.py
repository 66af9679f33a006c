"""The outline and the spectrogram of an answer."""

import base64

import numpy as np

from spoofjax.service.pictures import BANDS, mel_bands, outline, pictures, spectrogram


def test_a_tone_is_in_the_band_of_its_frequency():
    tone = np.sin(2 * np.pi * 2_000 * np.arange(16_000) / 16_000).astype(np.float32)
    levels = spectrogram(tone, 16_000, 50)
    assert levels.shape == (BANDS, 50)
    band = int(levels.mean(axis=1).argmax())
    top, centre = np.log10(1 + 8_000 / 700), np.log10(1 + 2_000 / 700)
    assert abs(band + 0.5 - BANDS * centre / top) < 1
    assert levels.max() == 255


def test_the_bands_follow_each_other_to_the_top():
    first, width = mel_bands(16_000)
    assert first[0] == 0
    assert (np.diff(first) >= 0).all()
    assert first[-1] + width[-1] == 257
    assert width[-1] > width[0] == 1


def test_the_outline_holds_the_extremes_of_each_column():
    samples = np.zeros(1_000, np.float32)
    samples[130], samples[999] = 0.5, -1.0
    columns = outline(samples, 10)
    assert columns[1].tolist() == [0, 64]
    assert columns[9].tolist() == [-127, 0]
    assert not columns[2:9].any()


def test_a_recording_of_any_length_has_pictures():
    for length in (1, 100, 8_000, 2_000_000):
        drawn = pictures(np.zeros(length, np.float32), 16_000)
        assert 1 <= drawn["columns"] <= 480
        assert len(base64.b64decode(drawn["outline"])) == 2 * drawn["columns"]
        assert len(base64.b64decode(drawn["spectrogram"])) == BANDS * drawn["columns"]
