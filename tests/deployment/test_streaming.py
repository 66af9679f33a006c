"""Audio that arrives in parts gets the verdicts that files of the same samples get."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny

from spoofjax.cli import main
from spoofjax.config import Clip
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.listening import listen
from spoofjax.deployment.streaming import Streams
from spoofjax.errors import AudioError, ConfigError


@pytest.fixture(scope="module")
def run(make_run) -> Path:
    return make_run(Clip(evaluate=16_000))


@pytest.fixture(scope="module")
def detector(run) -> Detector:
    return Detector.load(run)


@pytest.fixture(scope="module")
def voices() -> list[np.ndarray]:
    """Three seconds each of a bona fide voice and of an attack's, as 16-bit files hold them."""
    random = np.random.default_rng(2)
    waves = [tiny.utterance(kind, random, 48_000) for kind in (None, "A01")]
    return [(np.round(wave * 32_768) / 32_768).astype(np.float32) for wave in waves]


def offline_score(detector: Detector, samples: np.ndarray, folder: Path) -> float:
    soundfile.write(folder / "part.wav", samples, tiny.RATE, "FLOAT")
    return listen(detector, folder / "part.wav").pooled()


def test_many_streams_score_as_files_of_their_windows(detector, voices, tmp_path):
    streams = Streams(detector, hop=0.25, batch=4)
    verdicts = []
    for first in range(0, 48_000, 1_700):
        verdicts += streams.push(
            {name: voice[first : first + 1_700] for name, voice in enumerate(voices)}
        )
    for name, voice in enumerate(voices):
        own = [verdict for verdict in verdicts if verdict.stream == name]
        assert [verdict.end for verdict in own] == [0.25 * n for n in range(2, 13)]
        assert [verdict.start for verdict in own] == [max(0.25 * n - 1, 0) for n in range(2, 13)]
        for verdict in own:
            part = voice[round(verdict.start * 16_000) : round(verdict.end * 16_000)]
            assert verdict.score == pytest.approx(offline_score(detector, part, tmp_path), abs=1e-4)
        assert own[-1].mean_llr == pytest.approx(np.mean([verdict.llr for verdict in own]))


def test_verdicts_do_not_depend_on_how_the_samples_arrive(detector, voices):
    at_once = Streams(detector, hop=0.5).push({"a": voices[0]})
    streams = Streams(detector, hop=0.5)
    in_parts = [
        verdict for part in np.split(voices[0], [7, 8_000, 30_001]) for verdict in
        streams.push({"a": part})
    ]  # fmt: skip
    assert [verdict.end for verdict in at_once] == [verdict.end for verdict in in_parts]
    assert [v.score for v in at_once] == pytest.approx([v.score for v in in_parts], abs=1e-6)


FIRST_VERDICT = """
import sys
import numpy as np
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.streaming import Streams

streams = Streams(Detector.load(sys.argv[1]))
loaded = set(sys.modules)
verdicts = streams.push({"call": np.load(sys.argv[2])})
assert any(verdict.p_spoof is not None for verdict in verdicts)
print(sorted(set(sys.modules) - loaded))
"""


def test_the_first_verdict_waits_for_no_import(run, voices, tmp_path):
    np.save(tmp_path / "voice.npy", voices[0])
    done = subprocess.run(
        [sys.executable, "-c", FIRST_VERDICT, run, tmp_path / "voice.npy"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_silence_is_not_judged_and_a_stream_can_be_forgotten(detector, voices):
    streams = Streams(detector)
    for verdict in streams.push({"a": np.zeros(16_000, np.float32)}):
        assert (verdict.verdict, verdict.p_spoof, verdict.mean_llr) == ("unknown", None, None)
        assert "silence" in verdict.reason
    [first, *_] = streams.push({"a": voices[0]})
    assert (first.end, first.p_spoof is not None) == (1.5, True)
    streams.end("a")
    assert streams.push({"a": voices[0][:8_000]})[0].end == 0.5


def test_unfit_samples_change_no_stream(detector, voices):
    streams = Streams(detector)
    with pytest.raises(AudioError, match="samples of b"):
        streams.push({"a": voices[0], "b": np.full(10, np.nan, np.float32)})
    assert streams.push({"a": voices[0][:8_000]})[0].end == 0.5
    with pytest.raises(ConfigError, match="at most a window of 1 s"):
        Streams(detector, hop=1.5)


def test_the_command_takes_samples_and_files(run, voices, tmp_path, monkeypatch, capsys):
    samples = (voices[1][:24_000] * 32_768).astype("<i2")
    soundfile.write(tmp_path / "a.wav", samples, tiny.RATE)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(samples.tobytes())))
    assert main(["stream", str(run), "-", "--rate", "16000", "--json"]) == 0
    of_samples = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert main(["stream", str(run), str(tmp_path / "a.wav"), "--json"]) == 0
    of_file = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["end"] for row in of_samples] == [0.5, 1.0, 1.5]
    for one, other in zip(of_samples, of_file, strict=True):
        assert one["score"] == pytest.approx(other["score"], abs=1e-6)
    assert main(["stream", str(run), "-"]) == 1
    assert "needs their --rate" in capsys.readouterr().err


def test_the_microphone_is_heard_through_sounddevice(run, voices, monkeypatch, capsys):
    class InputStream:
        def __init__(self, samplerate, channels, dtype, device):
            assert (samplerate, channels, dtype, device) == (16_000, 1, "float32", 3)
            self.samples = iter(np.split(voices[0], 30))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def read(self, frames):
            return next(self.samples)[:frames, None], False

    package = types.SimpleNamespace(InputStream=InputStream, PortAudioError=RuntimeError)
    monkeypatch.setitem(sys.modules, "sounddevice", package)
    assert main(["listen", str(run), "--device", "3", "--seconds", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "0.0 -    1.0 s" in lines[1]
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert main(["listen", str(run)]) == 1
    assert "pip install 'spoofjax[microphone]'" in capsys.readouterr().err
