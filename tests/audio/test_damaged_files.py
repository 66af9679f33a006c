"""Damaged files of every format give samples or one AudioError, the same from all readers."""

import numpy as np
import pytest
import soundfile

from spoofjax.audio.reading import read, read_clip, read_int16
from spoofjax.corpora.validation.audio_facts import examine
from spoofjax.errors import AudioError

FORMATS = [
    ("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "IMA_ADPCM"), ("W64", "PCM_16"),
    ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("CAF", "ALAC_16"), ("NIST", "PCM_16"),
    ("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
]  # fmt: skip


def damage(data, random):
    """Change a few bytes, mostly in the header, and sometimes cut the end off."""
    for _ in range(random.integers(1, 6)):
        reach = len(data) if random.random() < 0.3 else min(len(data), 120)
        place, width = int(random.integers(reach)), int(random.integers(1, 5))
        data[place : place + width] = random.choice([random.bytes(width), b"\xff" * width])
    if random.random() < 0.2:
        del data[int(random.integers(1, len(data))) :]


def length_or_error(reader, path):
    try:
        return len(reader(path))
    except AudioError:
        return None


@pytest.mark.parametrize(("container", "subtype"), FORMATS)
def test_readers_agree_about_damaged_files(tmp_path, container, subtype):
    random = np.random.default_rng(7)
    time = np.arange(8_000) / 16_000
    wave = 0.2 * np.sin(2 * np.pi * 200 * time) + 0.01 * random.standard_normal(len(time))
    path = tmp_path / "a.flac"
    soundfile.write(path, wave, 16_000, format=container, subtype=subtype)
    intact = path.read_bytes()
    readable = 0
    for _ in range(12):
        data = bytearray(intact)
        damage(data, random)
        path.write_bytes(data)
        length = length_or_error(read, path)
        assert length_or_error(lambda p: read_int16(p)[0], path) == length
        if length is not None:
            assert len(read_clip(path, 16_000, 1_000).samples) == min(length, 1_000)
        facts = examine(str(path))
        assert (length is None) == (bool(facts.error) or facts.frames == 0)
        readable += length is not None
    assert readable < 12
