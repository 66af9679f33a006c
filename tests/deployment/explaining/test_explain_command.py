"""`score --explain` draws what a verdict follows from, and says whether it can be believed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

import spoofjax
from spoofjax.cli import main
from spoofjax.config import Clip


@pytest.fixture(scope="module")
def run(make_run) -> Path:
    return make_run(Clip(evaluate=8_000))


def test_each_file_gets_a_picture_and_a_line_of_json(run, files, tmp_path, capsys):
    longer, folder = files[-1], tmp_path / "explained"
    rows = tmp_path / "rows.jsonl"
    main(["score", str(run), str(longer), "--out", str(rows), "--explain", str(folder)])
    row = json.loads(rows.read_text())
    [path] = folder.glob("*.json")
    values = json.loads(path.read_text())
    assert (values["file"], values["verdict"]) == (str(longer), row["verdict"])
    assert (folder / values["picture"]).read_bytes().startswith(b"\x89PNG")
    assert values["end"] - values["start"] == pytest.approx(0.5)
    assert len(values["deletion"]["random"]) == 19
    assert (values["warning"] is None) == values["deletion"]["holds"]
    assert ("not evidence" in capsys.readouterr().err) != values["deletion"]["holds"]


def test_what_can_be_read_once_cannot_be_explained(run, tmp_path, capsys):
    assert main(["score", str(run), "-", "--rate", "16000", "--explain", str(tmp_path)]) == 1
    assert "name a file" in capsys.readouterr().err


@pytest.mark.slow
def test_python_explains_files_and_samples_alike(run, files):
    detector = spoofjax.load(run)
    of_file = detector.explain(files[-1])
    samples, rate = soundfile.read(files[-1])
    of_samples = detector.explain(samples, rate)
    np.testing.assert_allclose(of_samples.attribution, of_file.attribution, atol=1e-3)
    assert of_file.attribution.shape == of_file.levels.shape == of_file.marked.shape
    assert of_file.score == pytest.approx(detector.timeline(files[-1]).score.max(), abs=1e-2) or (
        of_file.score == pytest.approx(detector.timeline(files[-1]).score.min(), abs=1e-2)
    )
