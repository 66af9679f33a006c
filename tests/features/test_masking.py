import numpy as np
import pytest

from spoofjax.audio.seeds import draw_seeds
from spoofjax.errors import AudioError, ConfigError
from spoofjax.features.masking import Masking

SEEDS = draw_seeds(1, np.arange(500))


@pytest.fixture(scope="module")
def features():
    return np.random.default_rng(0).normal(3, 1, size=(500, 40, 20)).astype(np.float32)


def test_a_band_and_a_stretch_are_hidden(features):
    masked = Masking(probability=1)(features, SEEDS)
    for clip, before in zip(masked, features, strict=True):
        hidden = clip != before
        rows, columns = hidden.all(axis=1), hidden.all(axis=0)
        np.testing.assert_array_equal(hidden, rows[:, None] | columns[None, :])
        assert rows.sum() <= 10
        assert columns.sum() <= 8
        for line in (rows, columns):
            assert np.count_nonzero(np.diff(line.astype(int))) <= 2
        np.testing.assert_allclose(clip[hidden], before.mean(), rtol=1e-5)


def test_widths_and_places_are_uniform(features):
    hidden = Masking(probability=1, bands=0)(features, SEEDS) != features
    widths = hidden.all(axis=2).sum(axis=1)
    np.testing.assert_allclose(np.bincount(widths, minlength=11), 500 / 11, atol=25)
    starts = np.argmax(hidden.all(axis=2), axis=1)[widths == 1]
    assert starts.min() < 8
    assert starts.max() > 31


def test_the_share_of_masked_clips_is_the_probability(features):
    touched = np.any(Masking(probability=0.6)(features, SEEDS) != features, axis=(1, 2))
    none = 1 / 11 / 9
    assert abs(touched.mean() - 0.6 * (1 - none)) < 0.07


def test_zeros_can_be_the_filling(features):
    masked = Masking(probability=1, fill="zero")(features, SEEDS)
    assert np.all(masked[masked != features] == 0)


def test_a_clip_depends_on_its_seed_alone(features):
    masked = Masking()(features, SEEDS)
    np.testing.assert_array_equal(Masking()(features[7:9], SEEDS[7:9]), masked[7:9])


def test_masks_wider_than_the_features_hide_at_most_all():
    masked = Masking(1.0, band_width=50, stretch_width=500)(np.ones((50, 4, 3)), SEEDS[:50])
    assert masked.shape == (50, 4, 3)


def test_impossible_options_and_arrays_are_named(features):
    with pytest.raises(ConfigError, match="probability=2"):
        Masking(probability=2)
    with pytest.raises(ConfigError, match="band_width=-1"):
        Masking(band_width=-1)
    with pytest.raises(AudioError, match="one seed per clip"):
        Masking()(features, SEEDS[:3])
