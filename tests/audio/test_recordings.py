"""Only the start of a long recording is in memory, and it equals the start of the whole."""

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from spoofjax.audio import reading
from spoofjax.audio.reading import read_recording
from spoofjax.errors import AudioError

RATE = 16_000
FORMATS = [
    ("a.wav", "PCM_16"),
    ("a.flac", "PCM_16"),
    ("a.flac", "PCM_24"),
    ("a.ogg", "VORBIS"),
    ("a.mp3", "MPEG_LAYER_III"),
]


def sound(seconds, rate=RATE, channels=1):
    """float32 (samples, channels): noise that gets louder."""
    noise = np.random.default_rng(0).standard_normal((seconds * rate, channels))
    return (0.1 * noise * np.linspace(0.1, 1, len(noise))[:, None]).astype(np.float32)


@pytest.mark.parametrize("rate", [RATE, 44_100])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("name", "subtype"), FORMATS)
def test_the_start_is_bitwise_that_of_the_whole(tmp_path, name, subtype, channels, rate):
    path = tmp_path / name
    soundfile.write(path, sound(7, rate, channels), rate, subtype=subtype)
    utterance, origin = read_recording(path)
    start, origin_of_start = read_recording(path, RATE, 30_000)
    assert 30_000 <= len(start) < 40_000 < len(utterance)
    np.testing.assert_array_equal(start[:30_000], utterance[:30_000])
    assert origin_of_start.seconds == pytest.approx(origin.seconds, abs=1e-3)
    assert origin_of_start[:2] == origin[:2] == (rate, channels)


def test_a_recording_shorter_than_what_is_wanted_is_returned_whole(tmp_path):
    for name, subtype in FORMATS:
        path = tmp_path / f"{subtype}-{name}"
        soundfile.write(path, sound(1), RATE, subtype=subtype)
        utterance, origin = read_recording(path)
        start, origin_of_start = read_recording(path, RATE, 64_600)
        np.testing.assert_array_equal(start, utterance)
        assert origin_of_start == origin


@pytest.mark.parametrize("largest", [0, reading.MOST_FLAC_BYTES])
def test_a_flac_file_has_one_answer_whichever_decoder_reads_it(tmp_path, monkeypatch, largest):
    monkeypatch.setattr(reading, "MOST_FLAC_BYTES", largest)
    path = tmp_path / "a.flac"
    samples = sound(7)
    soundfile.write(path, samples, RATE)
    expected = soundfile.read(path, dtype="float32")[0]
    start, origin = read_recording(path, RATE, 30_000)
    np.testing.assert_array_equal(start[:30_000], expected[:30_000])
    assert origin.seconds == 7
    clip = reading.read_clip(path, RATE, 9_000, seed=5)
    place = reading.crop_start(len(expected), 9_000, 5)
    np.testing.assert_array_equal(clip.samples, expected[place : place + 9_000])
    path.write_bytes(path.read_bytes()[:-5_000])
    with pytest.raises(AudioError, match=r"a\.flac: .*copy it again"):
        read_recording(path, RATE, 30_000)


LIMITED = """
import resource, sys
from spoofjax.audio.reading import read_recording
recordings = sys.argv[1:]
for path in recordings:  # what the decoders load once does not count
    read_recording(path.replace("long", "short"), 16_000, 64_600)
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + (10 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for path in recordings:
    samples, origin = read_recording(path, 16_000, 64_600)
    assert len(samples) >= 64_600, path
    print(round(origin.seconds))
"""


def test_the_start_of_four_minutes_needs_less_than_ten_mebibytes(tmp_path):
    soft = sound(60) * np.float32(0.02)
    recordings = []
    for name, subtype in FORMATS:
        recordings.append(tmp_path / f"long-{subtype}-{name}")
        with soundfile.SoundFile(recordings[-1], "w", RATE, 1, subtype) as file:
            for _ in range(4):
                file.write(soft)
        soundfile.write(tmp_path / f"short-{subtype}-{name}", soft[:RATE], RATE, subtype=subtype)
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, recordings)], capture_output=True, text=True
    )
    assert run.stdout.split() == ["240"] * len(FORMATS), run.stderr
