"""`spoofjax.load()` without a folder."""

import pytest

import spoofjax


def test_the_bundled_detector_comes_with_a_warning(tiny_corpus):
    with pytest.warns(UserWarning, match="close to worthless"):
        detector = spoofjax.load()
    assert "calibrated" in repr(detector)
    assert detector(tiny_corpus() / "flac_D" / "D_0000000001.flac").score is not None
