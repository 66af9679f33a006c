"""One odd file among many gets a row with its reason; the others get their scores."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny

from spoofjax.cli import main
from spoofjax.config import Clip
from spoofjax.corpora.audio_files import find_audio
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.row import to_line
from spoofjax.deployment.scoring import score_files

UNREADABLE = {
    "loop.wav": "leads back to itself",
    "broken.wav": "a symbolic link to gone.wav, which is missing",
    "pipe.wav": "a named pipe",
    "device.wav": "a device",
    "socket.wav": "a socket",
    "empty.wav": "zero bytes",
    "text.flac": "not readable as audio",
    "truncated.wav": "truncated",
    "giant.flac": "giant.flac",
    "one_hertz.wav": "1 Hz",
    "nan.wav": "NaN",
    "caf\\xe9.wav": "not UTF-8",
}
UNJUDGEABLE = {
    "short.wav": "s of audio",
    "silence.wav": "digital silence",
    "antiphase.wav": "channels cancel",
    "offset.wav": "DC offset",
}
ODD_NAMES = ("two\nlines.wav", "red\x1b[31m.wav", "<b>|.wav", "-rf.wav", "$x\\y.wav")


@pytest.fixture(scope="module")
def run(make_run) -> Path:
    return make_run(Clip(evaluate=8_000, short="pad"))


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    return tiny.utterance(None, np.random.default_rng(3), 9_600).astype(np.float32)


@pytest.fixture(scope="module")
def clean(voice, tmp_path_factory) -> Path:
    """A folder of 279 good files."""
    folder = tmp_path_factory.mktemp("clean")
    for n in range(274):
        soundfile.write(folder / f"{n:03d}.flac", np.roll(voice, 31 * n) * (1 - n / 600), tiny.RATE)
    for name in ODD_NAMES:
        soundfile.write(folder / name, voice, tiny.RATE)
    return folder


@pytest.fixture(scope="module")
def mixed(clean, voice, tmp_path_factory) -> Path:
    """The same folder with a file of every bad kind: 295 files."""
    folder = tmp_path_factory.mktemp("mixed") / "files"
    shutil.copytree(clean, folder)
    (folder / "loop.wav").symlink_to("loop.wav")
    (folder / "broken.wav").symlink_to("gone.wav")
    os.mkfifo(folder / "pipe.wav")
    (folder / "device.wav").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(folder / "socket.wav"))
    (folder / "empty.wav").touch()
    (folder / "text.flac").write_text("no audio")
    soundfile.write(folder / "whole.wav", voice, tiny.RATE)
    (folder / "truncated.wav").write_bytes((folder / "whole.wav").read_bytes()[:9_000])
    (folder / "whole.wav").rename(folder / os.fsdecode(b"caf\xe9.wav"))
    flac = bytearray((folder / "000.flac").read_bytes())
    flac[21] |= 0x0F  # STREAMINFO: the number of samples is 36 bits from the middle of byte 21
    flac[22:26] = b"\xff" * 4
    (folder / "giant.flac").write_bytes(flac)
    soundfile.write(folder / "one_hertz.wav", voice, 1)
    soundfile.write(folder / "nan.wav", np.where(voice > 0.1, np.nan, voice), tiny.RATE, "FLOAT")
    soundfile.write(folder / "short.wav", voice[:1_000], tiny.RATE)
    soundfile.write(folder / "silence.wav", np.zeros(9_600), tiny.RATE)
    soundfile.write(folder / "antiphase.wav", np.stack([voice, -voice], 1), tiny.RATE)
    soundfile.write(folder / "offset.wav", voice / 4 + 0.5, tiny.RATE)
    return folder


def scored(run: Path, *arguments: object) -> tuple[int, list[dict], int]:
    """Run the real `score --json`; return its status, its rows and its peak memory in bytes."""
    command = [sys.executable, "-m", "spoofjax.cli", "score", run, *arguments, "--json"]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE) as process:
        rows = [json.loads(line) for line in process.stdout]
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, rows, usage.ru_maxrss * 1024


def test_every_file_has_a_row_and_good_files_their_scores(run, clean, mixed):
    status, rows, memory = scored(run, mixed)
    assert status == 3
    assert len(rows) == len(os.listdir(mixed)) == 295
    by_name = {Path(row["file"]).name: row for row in rows}
    for name, words in UNREADABLE.items():
        assert words in by_name[name]["error"]
        assert (by_name[name]["verdict"], by_name[name]["score"]) == ("unknown", None)
    for name, words in UNJUDGEABLE.items():
        assert words in by_name[name]["reason"]
        assert by_name[name]["verdict"] == "unknown"
        assert by_name[name]["p_spoof"] is by_name[name]["llr"] is by_name[name]["error"] is None
    expected_status, expected, least_memory = scored(run, clean)
    assert expected_status == 0
    for row in expected:
        values = {**by_name[Path(row["file"]).name], "file": row["file"]}
        assert values.pop("score") == pytest.approx(row.pop("score"), abs=1e-6)
        for key in ("llr", "p_spoof"):
            assert values.pop(key) == pytest.approx(row.pop(key), abs=1e-6)
        for span, same in zip(values.pop("spans"), row.pop("spans"), strict=True):
            assert span == pytest.approx(same, abs=1e-6)
        assert values == row
    assert memory < least_memory + 60e6


def test_a_row_says_how_much_was_heard(run, voice, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.tile(voice, 3), 16_000)
    detector = Detector.load(run)
    [row] = score_files(detector, [tmp_path / "a.wav"])
    assert (row.seconds, row.heard, row.windows) == (1.8, 1.8, 7)
    [row] = score_files(detector, [tmp_path / "a.wav"], pooling="start")
    assert (row.seconds, row.heard, row.windows) == (1.8, 0.5, 1)


def test_names_are_shown_on_one_line_without_commands_to_the_terminal(run, clean):
    files = [clean / name for name in ODD_NAMES]
    lines = [to_line(row) for row in score_files(Detector.load(run), files)]
    assert all(line.isprintable() for line in lines)
    assert "two\\nlines.wav: " in lines[0]
    assert "red\\x1b[31m.wav: " in lines[1]


def test_a_pipe_is_read_where_the_command_line_names_it(run, voice, tmp_path, capsys):
    wav, pipe = tmp_path / "a.wav", tmp_path / "pipe"
    soundfile.write(wav, voice, tiny.RATE)
    os.mkfifo(pipe)
    writer = subprocess.Popen(["sh", "-c", 'cat "$1" > "$2"', "sh", wav, pipe])
    assert main(["score", str(run), str(wav), str(pipe), "--json"]) == 0
    assert writer.wait() == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["score"] == pytest.approx(second["score"], abs=1e-6)
    assert second["file"] == str(pipe)


def test_a_device_without_an_end_is_given_up(run, monkeypatch):
    monkeypatch.setattr("spoofjax.audio.special_files.MOST_BYTES", 2**21)
    zero = Path("/dev/zero")
    [row] = score_files(Detector.load(run), [zero], streams={zero})
    assert row.error == "/dev/zero: gives more than 2,097,152 bytes."


def test_whatever_a_decoder_raises_concerns_one_file(run, clean, monkeypatch):
    from spoofjax.deployment import listener

    def open_recording(path, rate, usual=listener.open_recording):
        if path.name == "000.flac":
            raise MemoryError
        if path.name == "001.flac":
            raise RuntimeError("odd\nstream")
        return usual(path, rate)

    monkeypatch.setattr(listener, "open_recording", open_recording)
    rows = list(score_files(Detector.load(run), find_audio([clean])[:20]))
    errors = [row for row in rows if row.error is not None]
    assert len(errors) == 2
    assert "needs more memory than there is" in errors[0].error
    assert to_line(errors[1]).endswith("RuntimeError: odd\\nstream")
