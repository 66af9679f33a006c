"""The picture of a feature matrix."""

import numpy as np
import pytest

from spoofjax.errors import AudioError
from spoofjax.features import LFCC, LogLinear, Waveform
from spoofjax.features.picture import draw

CLIP = (0.1 * np.random.default_rng(0).normal(size=8_000)).astype(np.float32)


@pytest.mark.parametrize("front_end", [LFCC(), LogLinear(), Waveform()], ids=str)
def test_a_picture_is_written(tmp_path, front_end):
    path = tmp_path / "features.png"
    draw(front_end(CLIP), front_end, path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_broken_features_can_be_looked_at_too(tmp_path):
    features = LogLinear()(CLIP)
    features[3] = np.nan
    draw(features, LogLinear(), tmp_path / "features.png")
    draw(np.full_like(features, np.nan), LogLinear(), tmp_path / "nothing.png")


def test_what_cannot_be_drawn_is_explained(tmp_path):
    with pytest.raises(AudioError, match="no frames"):
        draw(LFCC()(CLIP[:100]), LFCC(), tmp_path / "features.png")
    with pytest.raises(AudioError, match="60"):
        draw(LogLinear()(CLIP), LFCC(), tmp_path / "features.png")
