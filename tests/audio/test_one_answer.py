"""The commands give the same answer for the same file."""

import subprocess
import sys

import numpy as np
import pytest
import soundfile

RATE = 16_000


def spoofjax(*arguments):
    """Run the real command."""
    code = "import sys; from spoofjax.cli import command; sys.exit(command())"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True
    )


CONFIG = """from spoofjax.corpora import Folder
from spoofjax.defaults import experiment

config = experiment(Folder(root={root!r}))
"""


@pytest.fixture
def config(tmp_path):
    """A configuration of a folder with two fit files and two unfit ones."""
    time = np.arange(RATE) / RATE
    buzz = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 20))
    voice = 0.1 * buzz * np.abs(np.sin(2 * np.pi * 2 * time))
    for name, gain in (("bonafide/good", 1.0), ("bonafide/cut", 0.8), ("spoof/good", 0.6)):
        path = tmp_path / f"{name}.flac"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, gain * voice, RATE)
    soundfile.write(tmp_path / "bonafide" / "rate.wav", voice, 1)
    path = tmp_path / "bonafide" / "cut.flac"
    path.write_bytes(path.read_bytes()[:-100])
    path = tmp_path / "config.py"
    path.write_text(CONFIG.format(root=str(tmp_path)))
    return path


def test_validate_and_pack_name_the_same_two_files(config, tmp_path):
    validated = spoofjax("validate", config)
    packed = spoofjax(
        "pack", config, "--out", tmp_path / "packed", "--resample", "--on-error", "skip"
    )
    assert (validated.returncode, packed.returncode) == (1, 3), packed.stderr
    for text in (validated.stdout, packed.stderr):
        assert "sample rate of 1 Hz" in text
        assert "cut.flac" in text
        assert "good.flac" not in text
    assert "2 files cannot be decoded" in validated.stdout
    assert "2 unreadable files are left out" in packed.stderr
