"""Vocoders compute what transformers computes: log-mel spectra, and waveforms to 1e-5."""

import numpy as np
import pytest
from small_codecs import TOLERANCE, Reference

from spoofjax.errors import AudioError, ConfigError
from spoofjax.vocoders.vocoder import Vocoder, open_vocoder

NAMES = "hifi_gan", "univnet"


@pytest.fixture(scope="module", params=NAMES)
def case(request, tmp_path_factory) -> tuple[Vocoder, Reference]:
    reference = Reference(request.param)
    return open_vocoder(reference.write_folder(tmp_path_factory.mktemp(request.param))), reference


def test_mel_spectra_and_waveforms_equal_those_of_transformers(case):
    vocoder, reference = case
    mel = vocoder.mel(reference.arrays["samples"])
    np.testing.assert_allclose(mel, reference.arrays["mel"], **TOLERANCE)
    waveforms = vocoder.decode(reference.arrays["mel"], reference.arrays.get("noise"))
    np.testing.assert_allclose(waveforms, reference.arrays["waveforms"], **TOLERANCE)


def test_wrong_inputs_are_named(case):
    vocoder, reference = case
    with pytest.raises(ConfigError, match=r"Mel must be \(batch, frames, \d+\), not \(1, 4, 3\)"):
        vocoder.decode(np.zeros((1, 4, 3), np.float32))
    noise = None if vocoder.architecture.noise_channels else np.zeros((1, 4, 3))
    with pytest.raises(ConfigError, match="Noise must be"):
        vocoder.decode(reference.arrays["mel"], noise)
    with pytest.raises(AudioError, match="NaN"):
        vocoder.mel(np.full((1, 100), np.nan, np.float32))
