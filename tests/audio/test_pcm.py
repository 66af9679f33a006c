"""Samples without a header are decoded as soundfile decodes them from a file."""

import io

import numpy as np
import pytest
import soundfile

from spoofjax.audio.pcm import ENCODINGS, PcmSound, decoded
from spoofjax.errors import AudioError

SUBTYPES = {
    "s16le": ("PCM_16", "LITTLE"),
    "s16be": ("PCM_16", "BIG"),
    "s32le": ("PCM_32", "LITTLE"),
    "f32le": ("FLOAT", "LITTLE"),
    "u8": ("PCM_U8", "FILE"),
    "mulaw": ("ULAW", "FILE"),
    "alaw": ("ALAW", "FILE"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_samples_are_those_of_soundfile(encoding):
    subtype, endian = SUBTYPES[encoding]
    data = np.arange(256, dtype=np.uint8).tobytes()
    if encoding == "f32le":
        data = np.linspace(-1, 1, 64, dtype="<f4").tobytes()
    form = {"format": "RAW", "samplerate": 8_000, "channels": 1}
    file = io.BytesIO(data)
    expected, _ = soundfile.read(file, subtype=subtype, endian=endian, dtype="float32", **form)
    np.testing.assert_array_equal(decoded(data, encoding), expected)


def test_a_stream_is_read_in_blocks_of_whole_samples():
    samples = np.arange(-500, 500, dtype="<i2")
    sound = PcmSound(io.BytesIO(samples.tobytes() + b"\1"), 16_000, "s16le", "line")
    blocks = list(sound.in_order(300))
    assert [len(block) for block in blocks] == [300, 300, 300, 100]
    np.testing.assert_array_equal(np.concatenate(blocks)[:, 0] * 32_768, samples)


def test_impossible_samples_are_an_error():
    with pytest.raises(AudioError, match="line: you state a sample rate of 1 Hz"):
        PcmSound(io.BytesIO(), 1, "s16le", "line")
    with pytest.raises(AudioError, match="NaN"):
        decoded(np.array([np.nan], "<f4").tobytes(), "f32le")
