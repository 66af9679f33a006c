"""Errors of the system as a user meets them: one line with the path and what to do."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from spoofjax.failures import describe, failure_of
from spoofjax.files import naming

SCORES = "one 1.5\ntwo -0.5\n"


def spoofjax(*arguments: object, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "spoofjax.cli", *map(str, arguments)]
    # argparse ignores the errors of an output without a buffer.
    variables = {**os.environ, "PYTHONUNBUFFERED": ""}
    variables["JAX_PLATFORMS"] = options.pop("platforms", "cpu")
    options = {"stdout": subprocess.PIPE, **options}
    return subprocess.run(
        command, env=variables, stderr=subprocess.PIPE, text=True, timeout=120, **options
    )


def one_line(done: subprocess.CompletedProcess) -> str:
    """Return the one line of an error."""
    assert done.returncode == 1, done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    return line


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "tone.wav"
    soundfile.write(path, [0.1, -0.1] * 8_000, 16_000)
    return path


# ---------------------------------------------------------------------------- in words
@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Free some space."),
        (errno.EROFS, "Choose a folder that can be written to."),
        (errno.EACCES, "Change its permissions or choose another path."),
        (errno.EIO, "Check the path and the free space of its disk."),
    ],
)
def test_an_error_of_the_system_names_the_path_and_the_remedy(number, remedy):
    error = OSError(number, os.strerror(number), "runs/a/config.json")
    expected = f"runs/a/config.json: {os.strerror(number)}. {remedy}"
    assert describe(error) == expected
    assert str(failure_of(error)) == expected


def test_an_error_of_writing_gets_the_path_of_its_file(tmp_path):
    with pytest.raises(OSError) as raised, naming(tmp_path / "a.npy"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert raised.value.filename == str(tmp_path / "a.npy")


def test_a_full_disk_is_recognised_in_the_error_of_a_library(tmp_path):
    with pytest.raises(OSError, match="No space left") as raised, naming(tmp_path / "a.bin"):
        raise RuntimeError("I/O error: No space left on device (os error 28)")
    assert raised.value.errno == errno.ENOSPC


def test_too_little_memory_says_what_to_make_smaller():
    text = str(failure_of(MemoryError("Unable to allocate 256. GiB for an array")))
    assert "Unable to allocate 256. GiB" in text
    assert "smaller --batch" in text


def test_a_fault_of_the_program_is_not_put_into_words():
    assert failure_of(ValueError("not ours")) is None


# -------------------------------------------------------------------------- of commands
def test_a_full_standard_output_is_told():
    with open("/dev/full", "w") as full:
        line = one_line(spoofjax("info", stdout=full))
    assert line == "error: standard output: No space left on device. Free some space."


def test_a_reader_that_ends_early_is_told():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        line = one_line(spoofjax("--help", stdout=closed))
    assert line.startswith("error: standard output: Broken pipe. Its reader has ended")


def test_a_folder_in_place_of_a_file_is_told(file, tmp_path):
    (tmp_path / "out.npy").mkdir()
    line = one_line(spoofjax("features", file, "--out", tmp_path / "out.npy"))
    assert f"{tmp_path / 'out.npy'}: Is a directory" in line


def test_a_file_in_place_of_a_folder_is_told(tiny_corpus, tmp_path, file):
    line = one_line(spoofjax("pack", tiny_corpus() / "tiny.py", "--out", file))
    assert f"{file}: File exists. Choose another path" in line


@pytest.mark.parametrize("platforms", ["cuda", "abacus"])
def test_a_device_that_is_absent_is_told(tiny_corpus, tmp_path, platforms):
    if platforms == "cuda" and os.path.exists("/dev/nvidia0"):
        pytest.skip("has that device")
    config, out = tiny_corpus() / "tiny.py", tmp_path / "run"
    done = spoofjax("train", config, "--out", out, "--quiet", platforms=platforms)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"error: JAX_PLATFORMS={platforms}: jax cannot")


@pytest.mark.parametrize("threads", [0, -1])
def test_threads_below_one_are_refused(tiny_corpus, tmp_path, threads):
    arguments = ("--out", tmp_path / "packed", "--threads", threads)
    line = one_line(spoofjax("pack", tiny_corpus() / "tiny.py", *arguments))
    assert f"--threads {threads}: " in line
    assert not (tmp_path / "packed").exists()
    line = one_line(spoofjax("score", tmp_path, tmp_path, "--threads", threads))
    assert f"--threads {threads}: " in line
