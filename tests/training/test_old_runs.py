"""Run folders of version 0.1 can be resumed, scored, evaluated and exported."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
import started_runs
import tiny


@pytest.fixture
def old(tmp_path: Path, repository: Path) -> Path:
    """A folder with the old runs of tests/old_runs and the corpus that they were trained on."""
    with tarfile.open(repository / "tests" / "old_runs" / "version_0.1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    corpus = tiny.make_corpus(tmp_path / "corpus")
    tiny.write_config(tmp_path / "tiny.py", Path("corpus"))
    assert corpus.is_dir()
    return tmp_path


def spoofjax(folder: Path, *arguments: str) -> str:
    """Run a command in a folder; return what it prints."""
    command = [sys.executable, "-m", "spoofjax.cli", *arguments]
    environment = {**os.environ, **started_runs.environment()}
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_an_interrupted_run_ends_like_the_uninterrupted_one(old):
    spoofjax(old, "train", "tiny.py", "--out", "interrupted", "--resume", "--quiet")
    resumed, uninterrupted = (
        started_runs.weights(old / name) for name in ("interrupted", "finished")
    )
    assert resumed.keys() == uninterrupted.keys()
    for name, values in uninterrupted.items():
        # Results differ by rounding between processors.
        np.testing.assert_allclose(resumed[name], values, atol=2e-3, err_msg=name)


@pytest.mark.parametrize("folder", ["finished", "exported"])
def test_a_finished_run_and_its_export_give_their_scores(old, folder):
    expected = [json.loads(line) for line in (old / "finished_scores.jsonl").open()]
    files = [row["file"] for row in expected]
    rows = [
        json.loads(line)
        for line in spoofjax(old, "score", folder, *files, "--json").split("\n")[:-1]
    ]
    assert [row["verdict"] for row in rows] == [row["verdict"] for row in expected]
    scores = [row["score"] for row in rows]
    assert scores == pytest.approx([row["score"] for row in expected], abs=1e-4)


@pytest.mark.slow
def test_a_finished_run_evaluates_and_exports(old):
    before = started_runs.scores(old / "finished", "eval")
    assert "dev: EER 8.33%" in spoofjax(old, "evaluate", "finished")
    np.testing.assert_allclose(started_runs.scores(old / "finished", "eval"), before, atol=1e-4)
    assert "checked on 8 utterances" in spoofjax(old, "export", "finished", "--out", "again")
