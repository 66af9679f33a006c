"""AAC, AMR, WMA and WebM are read by PyAV or ffmpeg; without both, one line names the remedy."""

import importlib.util
import os
import shutil
import sys
import tracemalloc

import numpy as np
import pytest
import soundfile

from spoofjax.audio import media
from spoofjax.audio.blocks import open_recording
from spoofjax.audio.reading import length_of, read, read_clip, read_recording
from spoofjax.corpora.audio_files import find_audio
from spoofjax.corpora.readers.folder import Folder
from spoofjax.corpora.validation.audio_facts import examine
from spoofjax.errors import AudioError, LongAudio

RATE = 16_000
needs_pyav = pytest.mark.skipif(
    importlib.util.find_spec("av") is None, reason="needs PyAV (pip install 'spoofjax[media]')"
)
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
CODECS = [("m4a", "aac", RATE), ("aac", "aac", RATE), ("webm", "libopus", 48_000)]


@pytest.fixture(params=[pytest.param("PyAV", marks=needs_pyav),
                        pytest.param("ffmpeg", marks=needs_ffmpeg)])  # fmt: skip
def decoder(request, monkeypatch):
    """Each decoder that is installed, in turn."""
    monkeypatch.setattr(media, "media_decoder", lambda: request.param)
    return request.param


@pytest.fixture
def no_decoder(monkeypatch):
    """A machine with neither decoder."""
    for name in ("spoofjax.audio.media", "spoofjax.corpora.audio_files"):
        monkeypatch.setattr(sys.modules[name], "media_decoder", lambda: None)


@pytest.fixture
def voice():
    """float32 (48000,): three seconds of a tone that comes and goes."""
    time = np.arange(3 * RATE) / RATE
    return (0.3 * np.sin(2 * np.pi * 300 * time) * np.sin(2 * time) ** 2).astype(np.float32)


def encode(path, samples, codec, rate):
    """Write samples by PyAV."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(
            stream.format, "mono", rate, frame_size=stream.codec_context.frame_size
        )
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(part))
    return path


@pytest.mark.parametrize(("suffix", "codec", "rate"), CODECS)
def test_samples_come_back(tmp_path, voice, decoder, suffix, codec, rate):
    path = encode(tmp_path / f"a.{suffix}", voice, codec, rate)
    samples, origin = read_recording(path)
    assert len(samples) == pytest.approx(len(voice), abs=2_048)
    assert (origin.rate, origin.channels) == (rate, 1)
    # A codec may delay the waveform, so levels are compared, in blocks of 0.1 s.
    levels = [np.sqrt((x[:46_400].reshape(-1, 1_600) ** 2).mean(1)) for x in (samples, voice)]
    np.testing.assert_allclose(levels[0], levels[1], atol=0.06)
    np.testing.assert_array_equal(read_clip(path, RATE, 5_000).samples, samples[:5_000])
    assert length_of(path) == len(samples)
    assert not examine(str(path)).error


@pytest.mark.parametrize(("suffix", "codec", "rate"), CODECS)
def test_a_truncated_file_is_told(tmp_path, voice, decoder, suffix, codec, rate):
    path = encode(tmp_path / f"a.{suffix}", voice, codec, rate)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match=rf"a\.{suffix}: .*copy it again"):
        read(path)
    assert examine(str(path)).error


def test_a_file_that_is_no_media_is_told(tmp_path, decoder):
    (tmp_path / "a.m4a").write_text("no audio\n" * 100)
    with pytest.raises(AudioError, match=r"a\.m4a: decoding failed"):
        read(tmp_path / "a.m4a")


FFMPEG = """#!{python}
import shutil, sys
source = sys.argv[sys.argv.index("-i") + 1].removeprefix("file:")
print("[info] Input #0, mov,mp4,m4a, from 'x':", file=sys.stderr)
print("[info]   Duration: 00:00:{seconds}, start: 0.0", file=sys.stderr)
print("[error] the last word", file=sys.stderr)
assert sys.argv[-3:] == ["-f", "au", "pipe:1"]
sys.stdout.buffer.write(open(source, "rb").read())
sys.exit({status})
"""


def test_ffmpeg_gets_the_file_and_its_answer_is_checked(tmp_path, voice, monkeypatch):
    """A program named ffmpeg answers with its arguments, whether or not ffmpeg is installed."""
    monkeypatch.setattr(media, "media_decoder", lambda: "ffmpeg")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    path = tmp_path / "-a:b.m4a"
    soundfile.write(path, voice, RATE, format="AU", subtype="FLOAT")
    program = tmp_path / "ffmpeg"
    for seconds, status, words in (
        ("03.00", 0, None),
        ("05.00", 0, "ends after 3.00 of the 5.00 s"),
        ("03.00", 1, r"decoding failed \(the last word\)"),
    ):
        program.write_text(FFMPEG.format(python=sys.executable, seconds=seconds, status=status))
        program.chmod(0o755)
        if words is None:
            sound = media.media_sound(path)
            np.testing.assert_array_equal(sound.read(0, sound.length)[:, 0], voice)
        else:
            with pytest.raises(AudioError, match=words):
                media.media_sound(path)


def test_a_long_file_is_heard_in_little_memory(tmp_path, voice, decoder):
    path = encode(tmp_path / "long.m4a", np.tile(voice, 20), "aac", RATE)
    tracemalloc.start()
    with open_recording(path) as recording:
        samples = sum(len(block.samples) for block in recording)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert samples == pytest.approx(20 * len(voice), abs=2_048)
    assert recording.seconds == samples / RATE
    assert most < samples  # bytes: a quarter of the float32 samples
    # All of it equals what is decoded whole.
    with open_recording(path) as recording:
        parts = [block.samples for block in recording]
    np.testing.assert_array_equal(np.concatenate(parts), read(path))


def test_a_recording_that_is_left_ends_its_decoder(tmp_path, voice, decoder):
    path = encode(tmp_path / "a.m4a", np.tile(voice, 10), "aac", RATE)
    with open_recording(path) as recording:
        assert len(next(iter(recording)).samples) == RATE // 4
    with pytest.raises(LongAudio, match="more than 2 s"):
        media.media_sound(path, longest=2)


def test_without_a_decoder_each_read_names_the_remedy(tmp_path, no_decoder):
    (tmp_path / "a.wma").write_bytes(b"\x30\x26\xb2\x75" + bytes(100))
    with pytest.raises(AudioError, match=r"cannot read \.wma files\. Install PyAV .*ffmpeg"):
        read(tmp_path / "a.wma")


def test_without_a_decoder_a_corpus_leaves_such_files_out_in_one_line(tmp_path, no_decoder, caplog):
    for name in ("bonafide/a.wav", "bonafide/b.m4a", "bonafide/c.WMA", "spoof/d.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    manifest = Folder(root=str(tmp_path)).manifest("eval")
    assert manifest.ids.tolist() == ["bonafide/a.wav", "spoof/d.wav"]
    (line,) = caplog.messages
    assert "2 files (.m4a .wma) are left out" in line
    assert "pip install 'spoofjax[media]'" in line
    # `score` keeps them: each gets a row with the reason.
    assert len(find_audio([tmp_path])) == 4
