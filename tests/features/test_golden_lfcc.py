"""The LFCC of the published LFCC-LCNN-BLSTM checkpoint, matrix by matrix."""

import numpy as np
import pytest
import soundfile

from spoofjax.features import LFCC


@pytest.mark.parametrize(
    ("item", "file"),
    [
        ("D18_1000001", "D18_1000001.wav"),
        ("real_11463_11657_000002__first64600", "real_11463_11657_000002.flac"),
    ],
)
def test_lfcc_of_the_published_checkpoint_on_real_speech(shared, item, file):
    golden = np.load(shared / "fixtures" / "lfcc_golden.npz")[item]
    samples, _ = soundfile.read(shared / "fixtures" / "audio" / file, dtype="int16")
    np.testing.assert_allclose(LFCC.nii2019()(samples[:64_600]), golden, atol=1e-3)


def test_lfcc_of_the_published_checkpoint_on_noise(shared):
    golden = np.load(shared / "fixtures" / "lfcc_golden.npz")["rand"]
    noise = (0.1 * np.random.RandomState(0).randn(64_600)).astype(np.float32)
    np.testing.assert_allclose(LFCC.nii2019()(noise), golden, atol=1e-3)
