"""`spoofjax.load()` without a folder."""

import pytest

import spoofjax


def test_the_bundled_detector_comes_with_a_warning():
    with pytest.warns(UserWarning, match="close to worthless"):
        detector = spoofjax.load()
    assert repr(detector).endswith("demo_detector: CNN2D on LogLinear, calibrated>")
