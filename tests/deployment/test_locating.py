"""A run with Localisation: trained on splices, it says which parts of a recording are spoofed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny

from spoofjax.cli import main
from spoofjax.corpora import PartialSpoof
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.locating import located
from spoofjax.errors import ScoreError

pytestmark = pytest.mark.slow
BONAFIDE, SPOOF = 1.0, 0.5
"""Seconds: bona fide, then spoof, then bona fide again."""


@pytest.fixture(scope="module")
def run(tiny_corpus, tmp_path_factory) -> Path:
    """A run of the tiny corpus, whose training clips are spliced."""
    out = tmp_path_factory.mktemp("localising") / "run"
    options = ["--loss", "Localisation", "--splicing", "Splices"]
    options += ["--splicing.seconds", "0.1", "0.2", "--quiet", "--steps", "80"]
    assert main(["train", str(tiny_corpus() / "tiny.py"), "--out", str(out), *options]) == 0
    return out


@pytest.fixture(scope="module")
def partly_spoofed(tmp_path_factory) -> Path:
    """Ten utterances in the layout of PartialSpoof, of which all but two have a spoofed part."""
    database = tmp_path_factory.mktemp("partial") / "database"
    protocols = database / "protocols" / "PartialSpoof_LA_cm_protocols"
    audio = database / "dev" / "con_wav"
    for folder in (audio, protocols, database / "segment_labels"):
        folder.mkdir(parents=True)
    random = np.random.default_rng(4)
    lines, tables = [], {}
    for number in range(10):
        attack = None if number < 2 else tiny.ATTACKS[number % 2]
        parts = [(None, BONAFIDE), (attack, SPOOF), (None, BONAFIDE)]
        waves = [tiny.utterance(kind, random, int(s * tiny.RATE)) for kind, s in parts]
        soundfile.write(audio / f"CON_{number}.wav", np.concatenate(waves), tiny.RATE)
        lines.append(f"S1 CON_{number} - {'A01 spoof' if attack else '- bonafide'}\n")
        labels = ["1" if kind is None else "0" for kind, s in parts for _ in range(int(s / 0.02))]
        tables[f"CON_{number}"] = np.array(labels)
    (protocols / "PartialSpoof.LA.cm.dev.trl.txt").write_text("".join(lines))
    np.save(database / "segment_labels" / "dev_seglab_0.02.npy", np.array(tables))
    return database.parent


def test_segments_tell_where_a_recording_is_spoofed(run, partly_spoofed):
    detector = Detector.load(run)
    assert detector.step_samples == 4 * 160
    manifest = PartialSpoof(root=str(partly_spoofed), step="0.02").manifest("dev")
    table = located(detector, manifest).to_json(resamples=50)
    [row] = [row for row in table["segments"] if row["seconds"] == 0.16]
    # Segments at the ends of the spoofed part are spoof in part only, and the run is short.
    assert row["eer"] < 0.25
    assert table["range"]["eer"] < 0.2
    with pytest.raises(ScoreError, match="no segment labels"):
        located(detector, detector.experiment.data.manifest("dev"))


def test_evaluate_prints_and_reports_the_table(run, partly_spoofed, capsys):
    corpus = partly_spoofed / "corpus.py"
    corpus.write_text(
        "from spoofjax.corpora import PartialSpoof\n"
        f"data = PartialSpoof(root={str(partly_spoofed)!r}, step='0.02')\n"
    )
    assert main(["evaluate", str(run), "--corpus", str(corpus), "--split", "dev"]) == 0
    printed = capsys.readouterr().out
    assert "spoofed parts of dev of partialspoof" in printed
    assert "by range" in printed
    assert main(["report", str(run)]) == 0
    assert "160 ms" in (run / "report" / "report.md").read_text()
    assert "Which parts are spoofed" in (run / "report" / "report.html").read_text()


def test_score_names_spoofed_segments(run, partly_spoofed, capsys):
    wav = partly_spoofed / "database" / "dev" / "con_wav" / "CON_5.wav"
    assert main(["score", str(run), str(wav), "--json", "--timeline"]) == 0
    row = json.loads(capsys.readouterr().out)
    inside = [s["llr"] for s in row["segments"] if s["start"] > 1.05 and s["end"] < 1.45]
    outside = [s["llr"] for s in row["segments"] if s["end"] < 0.95 or s["start"] > 1.55]
    assert np.mean(inside) < np.mean(outside)
    assert main(["score", str(run), str(wav), "--timeline"]) == 0
    assert "spoofed segments: " in capsys.readouterr().out
