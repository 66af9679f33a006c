"""Compressed files: a crop equals the same samples of the whole, and the end is reached."""

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from spoofjax.audio.reading import length_of, read, read_clip

RATE = 16_000
FORMATS = [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("WAV", "IMA_ADPCM")]


@pytest.fixture
def voice():
    """float32 (160000,): ten seconds of a voice that comes and goes over soft noise."""
    time = np.arange(10 * RATE) / RATE
    buzz = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 20))
    noise = np.random.default_rng(0).standard_normal(len(time))
    wave = (buzz + noise) * np.abs(np.sin(2 * np.pi * 0.2 * time))
    return (0.1 * wave).astype(np.float32)


def frames(mp3):
    """Split MP3 data of MPEG 2, layer III, into its frames."""
    rates = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    place = 0
    while place + 4 <= len(mp3):
        assert mp3[place] == 0xFF
        size = 72 * rates[mp3[place + 2] >> 4] * 1000 // RATE + (mp3[place + 2] >> 1 & 1)
        yield mp3[place : place + size]
        place += size


def without_xing(path):
    """Remove the first frame of an MP3 file, which states how many follow."""
    parts = list(frames(path.read_bytes()))
    assert b"Xing" in parts[0] or b"Info" in parts[0]
    path.write_bytes(b"".join(parts[1:]))
    return len(parts) - 1


@pytest.mark.parametrize(("container", "subtype"), FORMATS)
def test_a_crop_is_bitwise_the_same_samples_of_the_whole(tmp_path, voice, container, subtype):
    path = tmp_path / "a.bin"
    soundfile.write(path, voice, RATE, format=container, subtype=subtype)
    utterance = read(path)
    assert len(utterance) == length_of(path) >= len(voice)
    for start in (1, 1_000, 65_537, 100_001):
        part = read(path, start=start, frames=3_000)
        np.testing.assert_array_equal(part, utterance[start : start + 3_000])
    for seed in range(3):
        samples, length, _ = read_clip(path, RATE, 4_000, seed)
        places = np.flatnonzero(utterance[: length - 3_999] == samples[0])
        assert any((utterance[p : p + 4_000] == samples).all() for p in places)


def test_a_variable_mp3_without_a_xing_header_is_read_to_its_end(tmp_path, voice):
    path = tmp_path / "v.mp3"
    # Silence first: the bit rate of the first frames then says nothing about the others.
    silence = np.zeros(3 * RATE, np.float32)
    soundfile.write(
        path, np.concatenate([silence, voice]), RATE, bitrate_mode="VARIABLE", compression_level=0.3
    )
    with_header = read(path)
    count = without_xing(path)
    assert soundfile.info(path).frames != count * 576
    samples = read(path)
    # The header also states the encoder's delay, without which it stays at both ends.
    assert any(
        np.allclose(samples[delay:][: len(with_header)], with_header, atol=1e-6)
        for delay in range(len(samples) - len(with_header) + 1)
    )


def test_an_id3_tag_before_a_stream_is_passed_over(tmp_path, voice):
    path = tmp_path / "v.mp3"
    soundfile.write(path, voice, RATE, bitrate_mode="VARIABLE")
    without_xing(path)
    samples = read(path)
    path.write_bytes(b"ID3\x04\0\0\0\0\x02\x0a" + bytes(266) + path.read_bytes())
    np.testing.assert_array_equal(read(path), samples)


NOISY = """
import sys, threading
from spoofjax.audio.decoder_noise import NOISE
from spoofjax.audio.reading import read
from spoofjax.errors import AudioError
def go():
    for path in sys.argv[1:]:
        try:
            read(path)
        except AudioError:
            pass
workers = [threading.Thread(target=go) for _ in range(3)]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
print(NOISE.lines)
"""


def test_what_the_decoder_prints_is_counted_and_said_in_one_line(tmp_path, voice):
    path = tmp_path / "d.mp3"
    soundfile.write(path, voice, RATE)
    data = bytearray(path.read_bytes())
    random = np.random.default_rng(0)
    for place in range(500, len(data), 400):
        data[place : place + 40] = random.bytes(40)
    path.write_bytes(bytes(data))
    run = subprocess.run(
        [sys.executable, "-c", NOISY, path, path], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) > 20
    (line,) = run.stderr.splitlines()
    assert f"The MP3 decoder printed {int(run.stdout)} lines" in line
    assert "d.mp3: " in line


OTHERS = """
import ctypes
from spoofjax.audio.decoder_noise import NOISE
library = ctypes.CDLL(None)
def say(text):
    library.fputs(text, ctypes.c_void_p.in_dll(library, "stderr"))
with NOISE.caught("a.mp3"):
    say(b"[src/libmpg123/layer3.c:1844] error: dequantization failed!\\n")
    say(b"another library speaks\\n")
say(b"after\\n")
"""


def test_lines_of_other_libraries_are_passed_on():
    run = subprocess.run([sys.executable, "-c", OTHERS], capture_output=True, text=True, check=True)
    lines = run.stderr.splitlines()
    assert lines[:2] == ["another library speaks", "after"]
    assert "printed 1 lines" in lines[2]
