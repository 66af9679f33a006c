"""Codecs compute what transformers computes: equal codes, and waveforms to 1e-5."""

import numpy as np
import pytest
from small_codecs import TOLERANCE, Reference

from spoofjax.errors import AudioError, ConfigError
from spoofjax.vocoders.codec import Codec, open_codec

NAMES = "encodec", "dac", "mimi"
LENGTH = 483
"""Samples of the input without the silence at its end."""


@pytest.fixture(scope="module", params=NAMES)
def case(request, tmp_path_factory) -> tuple[Codec, Reference]:
    reference = Reference(request.param)
    return open_codec(reference.write_folder(tmp_path_factory.mktemp(request.param))), reference


def test_codes_and_waveforms_equal_those_of_transformers(case):
    codec, reference = case
    codes = codec.encode(reference.arrays["samples"])
    np.testing.assert_array_equal(codes, reference.arrays["codes.all"])
    np.testing.assert_allclose(codec.decode(codes), reference.arrays["waveforms.all"], **TOLERANCE)


def test_a_round_trip_at_a_lower_rate_keeps_the_length_and_hears_silence_after_the_end(case):
    codec, reference = case
    samples = reference.arrays["samples"][:, :LENGTH]  # which zeros follow
    result = codec.round_trip(samples, quantizers=2)
    np.testing.assert_allclose(result, reference.arrays["waveforms.two"][:, :LENGTH], **TOLERANCE)


def test_wrong_inputs_are_named(case):
    codec, _ = case
    with pytest.raises(ConfigError, match=r"quantizers=4: this \w+ can use 1 to 3"):
        codec.encode(np.zeros((1, 100), np.float32), 4)
    with pytest.raises(ConfigError, match="between 0 and 15; these reach from 0 to 16"):
        codec.decode(np.array([[[0, 16]]]))
    with pytest.raises(AudioError, match=r"shape \(batch, samples\).*samples\[None\]"):
        codec.encode(np.zeros(100, np.float32))
    with pytest.raises(AudioError, match="NaN"):
        codec.round_trip(np.full((1, 100), np.nan, np.float32))
