"""`spoofjax serve`: options that are refused before a model is loaded."""

import signal
import subprocess
import sys

import pytest

from spoofjax.cli import main


def problem(capsys, *arguments) -> str:
    """The error of a command that fails."""
    assert main(["serve", *map(str, arguments)]) == 1
    return capsys.readouterr().err


def test_a_folder_that_is_no_run_is_named(tmp_path, capsys):
    assert str(tmp_path) in problem(capsys, tmp_path)


@pytest.mark.parametrize("option", ["--most-seconds", "--concurrency", "--streams"])
def test_a_limit_of_nothing_is_refused(option, capsys):
    assert f"{option} 0" in problem(capsys, option, "0")


def test_an_encoder_without_a_verifier_is_refused(capsys):
    assert "spoofjax verify fit" in problem(capsys, "--encoder", "speaker.onnx")


def test_an_empty_token_is_refused(tmp_path, capsys):
    (tmp_path / "token").write_text("\n")
    assert "holds no token" in problem(capsys, "--token-file", tmp_path / "token")


def test_an_address_of_another_machine_is_refused(capsys):
    pytest.importorskip("uvicorn", reason="needs the extra `serve`")
    text = problem(capsys, "--host", "192.0.2.1")
    assert "Cannot listen on 192.0.2.1" in text
    assert "close to worthless" in text  # no run is named


def test_a_service_that_is_stopped_too_early_says_so():
    pytest.importorskip("uvicorn", reason="needs the extra `serve`")
    command = [sys.executable, "-m", "spoofjax.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert "close to worthless" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert "The service was not ready yet" in process.stderr.read()
    assert process.returncode == 75
