"""`spoofjax score` with and without a run before the files."""

import json
from pathlib import Path

import pytest

from spoofjax.cli import main
from spoofjax.commands.run_argument import split_run
from spoofjax.deployment.bundled import FOLDER, worth
from spoofjax.deployment.importing.architectures import ARCHITECTURES
from spoofjax.registry.published import PUBLISHED
from spoofjax.runs.folder import RunFolder


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A working directory with a run, a folder of recordings and an empty folder."""
    monkeypatch.chdir(tmp_path)
    for folder in ("run", "calls", "empty"):
        Path(folder).mkdir()
    Path("run/config.json").write_text("{}")
    Path("calls/note.m4a").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "run", "files"),
    [
        ("run a.wav", "run", "a.wav"),
        ("run", "run", ""),
        ("calls/note.m4a", None, "calls/note.m4a"),
        ("calls run", None, "calls run"),
        ("nowhere a.wav", "nowhere", "a.wav"),
        ("nowhere.wav", None, "nowhere.wav"),
        ("empty a.wav", "empty", "a.wav"),
        ("-", None, "-"),
    ],
)
def test_the_first_path_is_a_run_unless_it_is_audio(here, paths, run, files):
    named, rest = split_run([Path(path) for path in paths.split()])
    assert named == (Path(run) if run else None)
    assert rest == [Path(path) for path in files.split()]


def test_a_run_without_files_is_told(here, capsys):
    assert main(["score", str(FOLDER)]) == 1
    assert "Name the audio files or folders to score" in capsys.readouterr().err


def test_the_bundled_detector_says_what_it_is_worth_and_judges(tiny_corpus, capsys):
    file = tiny_corpus() / "flac_D" / "D_0000000000.flac"
    assert main(["score", str(file), "--json"]) in (0, 3)
    output = capsys.readouterr()
    row = json.loads(output.out)
    assert row["file"] == str(file)
    assert row["calibrated"] is True
    assert output.err.startswith("warning: no run is named")
    assert worth() in output.err
    assert "aasist, aasist-l" in output.err


def test_its_worth_is_that_of_its_own_results():
    results = {split: RunFolder(FOLDER).read_metrics(split)["eer"] for split in ("dev", "eval")}
    assert f"{results['dev']:.1%} on dev and {results['eval']:.1%} on attacks" in worth()


def test_it_is_small_and_names_no_place_of_the_machine_that_made_it():
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    texts = [path.read_text() for path in files if path.suffix == ".json"]
    assert len(texts) >= 5
    assert not any('"/' in text for text in texts)


def test_the_detectors_that_are_named_can_be_imported():
    kinds = [entry.imports_as for entry in PUBLISHED if entry.imports_as]
    assert len(kinds) >= 4
    assert set(kinds) <= set(ARCHITECTURES)
