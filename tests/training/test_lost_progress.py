"""A run goes on where its progress cannot be printed, and notes that in its history."""

import os
import subprocess

import pytest
import started_runs


@pytest.fixture(scope="module")
def config(tiny_corpus):
    return tiny_corpus() / "tiny.py"


def train(config, out, **streams) -> int:
    """Train four steps with these standard streams; return the exit status."""
    command = [*started_runs.COMMAND, str(config), "--out", str(out), "--steps", "4"]
    environment = started_runs.environment()
    return subprocess.run(command, env=environment, timeout=300, **streams).returncode


def notes(out) -> list[str]:
    return [row["note"] for row in started_runs.rows(out) if "note" in row]


def test_a_full_standard_error_ends_no_training(config, tmp_path):
    with open("/dev/full", "w") as full:
        assert train(config, tmp_path / "run", stdout=subprocess.DEVNULL, stderr=full) == 0
    assert notes(tmp_path / "run") == [
        "Standard error cannot be written to (No space left on device): progress was dropped."
    ]
    assert len(started_runs.losses(tmp_path / "run")) == 4
    assert (tmp_path / "run" / "report" / "report.md").is_file()


@pytest.mark.slow
def test_a_closed_standard_error_ends_no_training(config, tmp_path):
    status = train(config, tmp_path / "run", stdout=subprocess.PIPE, preexec_fn=lambda: os.close(2))
    assert status == 0
    assert "Bad file descriptor" in notes(tmp_path / "run")[0]
    # No file of the run got the descriptor, and with it what libraries print.
    assert len(started_runs.losses(tmp_path / "run")) == 4


@pytest.mark.slow
def test_a_reader_of_progress_that_has_ended_ends_no_training(config, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        assert train(config, tmp_path / "run", stdout=subprocess.DEVNULL, stderr=closed) == 0
    assert "Broken pipe" in notes(tmp_path / "run")[0]
