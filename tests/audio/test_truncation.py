"""A file that holds less than its header states is an error, whichever part of it is read."""

import tracemalloc

import numpy as np
import pytest
import soundfile

from spoofjax.audio.reading import length_of, read, read_clip, read_int16, read_recording
from spoofjax.corpora.validation.audio_facts import examine
from spoofjax.errors import AudioError

RATE = 16_000
READERS = {
    "read": read,
    "read_int16": read_int16,
    "read_recording": read_recording,
    "read_clip": lambda path: read_clip(path, RATE, 1_000),
}


@pytest.fixture
def noise():
    """float32 (24000,): one and a half seconds of sound that keeps its size under every codec."""
    return (0.1 * np.random.default_rng(0).standard_normal(24_000)).astype(np.float32)


def cut(path, share=0.6):
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    return path


def set_flac_length(path, samples):
    """Change the number of samples in STREAMINFO, which has 36 bits."""
    data = bytearray(path.read_bytes())
    data[21] = data[21] & 0xF0 | samples >> 32
    data[22:26] = (samples & 0xFFFFFFFF).to_bytes(4, "big")
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAVEX", "PCM_24"), ("RF64", "PCM_16"),
        ("W64", "PCM_16"), ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("CAF", "PCM_16"),
        ("NIST", "PCM_16"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("MP3", "MPEG_LAYER_III"),
        ("OGG", "VORBIS"), ("OGG", "OPUS"),
    ],
)  # fmt: skip
def test_a_truncated_file_of_any_container(tmp_path, noise, container, subtype, reader):
    path = tmp_path / "t.bin"
    soundfile.write(path, noise, RATE, format=container, subtype=subtype)
    assert READERS[reader](path) is not None
    with pytest.raises(AudioError, match=r"t\.bin.*copy it again"):
        READERS[reader](cut(path))
    assert examine(str(path)).error


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.99, 0.9999])
def test_the_first_second_of_a_truncated_flac_file_is_not_enough(tmp_path, noise, share, reader):
    path = tmp_path / "t.flac"
    soundfile.write(path, noise, RATE)
    with pytest.raises(AudioError, match=r"t\.flac: .*copy it again"):
        READERS[reader](cut(path, share))


def test_tags_behind_a_flac_file_do_no_harm(tmp_path, noise):
    path = tmp_path / "t.flac"
    soundfile.write(path, noise, RATE)
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
    np.testing.assert_array_equal(read_clip(path, RATE, 1_000).samples, read(path)[:1_000])


def test_a_wav_file_under_another_name_is_read_and_its_truncation_told(tmp_path, noise):
    path = tmp_path / "t.flac"
    soundfile.write(path, noise, RATE, format="WAV")
    assert len(read(path)) == len(noise)
    cut(path)
    for reader in READERS.values():
        with pytest.raises(AudioError, match=r"t\.flac: holds \d+ of the 48000 bytes"):
            reader(path)
    assert "of the 48000 bytes" in examine(str(path)).error


@pytest.mark.parametrize("samples", [2**36 - 1, 2**33, 10_000_000])
def test_a_flac_header_with_a_giant_length_allocates_nothing(tmp_path, noise, samples):
    path = tmp_path / "g.flac"
    soundfile.write(path, noise, RATE)
    set_flac_length(path, samples)
    for reader in READERS.values():
        tracemalloc.start()
        with pytest.raises(AudioError, match=r"g\.flac: .*copy it again"):
            reader(path)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
        tracemalloc.stop()
    assert examine(str(path)).error


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_a_flac_file_from_a_pipe_is_read_to_its_end(tmp_path, noise, subtype):
    path = tmp_path / "p.flac"
    soundfile.write(path, noise, RATE, subtype=subtype)
    samples, facts = read(path), examine(str(path))
    set_flac_length(path, 0)
    np.testing.assert_array_equal(read(path), samples)
    np.testing.assert_array_equal(read_clip(path, RATE, 5_000).samples, samples[:5_000])
    np.testing.assert_array_equal(read_int16(path)[0], np.rint(samples * 32768))
    assert length_of(path) == len(samples)
    assert (facts.doubt, facts.error) == ("not-speech", "")
    assert examine(str(path)) == facts


@pytest.mark.parametrize("size", [0, 2**32 - 1])
def test_a_wav_file_from_a_pipe_is_read_to_its_end(tmp_path, noise, size):
    path = tmp_path / "p.wav"
    soundfile.write(path, noise, RATE)
    samples = read(path)
    data = bytearray(path.read_bytes())
    data[data.index(b"data") + 4 :][:4] = size.to_bytes(4, "little")
    path.write_bytes(bytes(data))
    np.testing.assert_array_equal(read(path), samples)


@pytest.mark.parametrize("rate", [1, 3_999, 768_001])
def test_an_implausible_rate_is_one_error_for_every_reader(tmp_path, noise, rate):
    path = tmp_path / "r.wav"
    soundfile.write(path, noise, rate)
    for reader in (*READERS.values(), length_of):
        with pytest.raises(AudioError, match=rf"r\.wav: the header states .* of {rate:,} Hz"):
            reader(path)
    assert f"{rate:,} Hz" in examine(str(path)).error


@pytest.mark.parametrize("rate", [4_000, 768_000])
def test_plausible_rates_are_read(tmp_path, noise, rate):
    soundfile.write(tmp_path / "r.wav", noise, rate)
    assert len(read(tmp_path / "r.wav")) == pytest.approx(24_000 * RATE / rate, abs=2)
