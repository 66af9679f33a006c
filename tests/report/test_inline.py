"""Pictures inside a page take their colours from it."""

import numpy as np
import pytest

from spoofjax.report.inline import THEME, spectrogram, svg
from spoofjax.report.pictures import det_plot


def test_drawings_take_their_colours_from_the_page():
    generator = np.random.default_rng(0)
    figure = det_plot({"a <b>": (generator.normal(2, 1, 50), generator.normal(0, 1, 90))})
    text = svg(figure, 'the "name"')
    assert not [colour for colour in THEME if colour in text]
    assert "var(--c0)" in text
    assert "a &lt;b&gt;" in text
    assert 'aria-label="the &quot;name&quot;"' in text


@pytest.mark.parametrize("samples", [np.zeros(4000, np.float32), np.ones(7, np.float32)])
def test_silence_and_very_short_sounds_have_a_spectrogram(samples):
    assert spectrogram(samples, 16_000).startswith("data:image/png;base64,")
