"""A configuration is found by its path, or by its name if it comes with spoofjax."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import spoofjax
from spoofjax import config_files
from spoofjax.config_paths import config_path, shipped_configs
from spoofjax.errors import ConfigError

NAMES_A_CORPUS_TO_DOWNLOAD = {"asvspoof5_cnn_lstm", "mlaad"}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """A working directory without any configuration."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", sorted(shipped_configs()))
def test_a_shipped_config_is_found_by_name_and_finds_the_demo_corpus(elsewhere, name):
    experiment = config_files.load_config(name)
    assert config_files.load_config(f"{name}.py") == experiment
    if name not in NAMES_A_CORPUS_TO_DOWNLOAD:
        assert experiment.data.splits() == ("train", "dev", "eval")


def test_a_file_takes_precedence_over_a_shipped_config_of_its_name(elsewhere):
    (elsewhere / "cnn.py").write_text("config = 3\n")
    assert config_path("cnn.py") == Path("cnn.py")
    assert config_path("cnn") == shipped_configs()["cnn"]


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("configs/cnn_lstm.py", "The one that comes with spoofjax has the name cnn_lstm"),
        ("cnn_lsmt", "Did you mean cnn_lstm.* found by name: .*cnn_lstm, "),
        ("mine.py", r"Did you mean my\.py"),
        (".", "is a folder"),
    ],
)
def test_a_config_that_does_not_exist_is_told_with_the_place_and_the_nearest(
    elsewhere, argument, words
):
    (elsewhere / "my.py").touch()
    with pytest.raises(ConfigError, match=words) as caught:
        config_path(argument)
    assert argument == "." or str(elsewhere) in str(caught.value)


def test_commands_take_the_name_in_any_directory(elsewhere):
    command = [sys.executable, "-m", "spoofjax.cli", "validate", "cnn_lstm", "--no-audio"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "nothing wrong with asvspoof5" in done.stdout


@pytest.mark.slow
def test_the_package_holds_the_configs_and_the_demo_corpus(repository, tmp_path):
    build = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(tmp_path)]
    subprocess.run(build, cwd=repository, check=True, capture_output=True)
    running = Path(spoofjax.__path__[0])
    for compiled in running.rglob("*.so"):  # build_py leaves them to build_ext
        shutil.copy(compiled, tmp_path / "spoofjax" / compiled.relative_to(running))
    code = (
        "import os; from spoofjax.config_files import load_config; "
        "print(os.path.relpath(load_config('cnn').data.root))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    corpus = tmp_path / done.stdout.strip()
    assert corpus == tmp_path / "spoofjax" / "demo" / "corpus"
    original = repository / "demo" / "corpus"
    for kind in ("*.tsv", "*.flac"):
        files = {path.relative_to(original) for path in original.rglob(kind)}
        assert {path.relative_to(corpus) for path in tmp_path.rglob(kind)} == files
    assert (corpus.parent / "LICENCES.md").is_file()
    detector = tmp_path / "spoofjax" / "deployment" / "demo_detector"
    assert (detector / "weights.safetensors").is_file()
    assert (detector / "report" / "metrics.dev.json").is_file()
    installed, own = tmp_path / "spoofjax" / "configs", repository / "configs"
    assert {path.name for path in installed.iterdir()} == {path.name for path in own.glob("*.py")}
