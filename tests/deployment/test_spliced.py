"""In a recording that changes from bona fide to spoofed speech, the spoofed span is located."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny

import spoofjax
from spoofjax.cli import main
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.listening import listen
from spoofjax.deployment.scoring import score_files
from spoofjax.report.markdown import write_report
from spoofjax.runs.folder import RunFolder

BONAFIDE, SPOOF = 4, 10
"""Seconds."""


@pytest.fixture(scope="module")
def run(tiny_corpus, tmp_path_factory) -> Path:
    """A run with a detector of half a second that was trained on the tiny corpus."""
    out = tmp_path_factory.mktemp("trained") / "run"
    return spoofjax.train(tiny_corpus() / "tiny.py", out).folder


@pytest.fixture(scope="module")
def detector(run) -> Detector:
    return Detector.load(run)


@pytest.fixture(scope="module")
def spliced(tmp_path_factory) -> Path:
    """Four seconds of bona fide utterances, then ten seconds of an attack's."""
    random = np.random.default_rng(11)
    kinds = [None] * (2 * BONAFIDE) + ["A01"] * (2 * SPOOF)
    parts = [tiny.utterance(kind, random, tiny.SAMPLES) for kind in kinds]
    path = tmp_path_factory.mktemp("spliced") / "spliced.flac"
    soundfile.write(path, np.concatenate(parts), tiny.RATE)
    return path


def test_the_spoofed_span_is_located(detector, spliced):
    [row] = score_files(detector, [spliced])
    assert row.verdict == "spoof"
    overlap = sum(max(0.0, span.end - max(span.start, BONAFIDE)) for span in row.spans)
    union = SPOOF + sum(max(0.0, min(span.end, BONAFIDE) - span.start) for span in row.spans)
    assert overlap / union > 0.9
    [start] = score_files(detector, [spliced], pooling="start")
    assert start.verdict == "bonafide"


def test_a_window_scores_as_a_file_of_its_own(detector, spliced, tmp_path):
    timeline = listen(detector, spliced, hop=0.3)
    samples, rate = soundfile.read(spliced)
    for number in (0, 20, len(timeline.score) - 1):
        begin = round(timeline.start[number] * rate)
        part = tmp_path / f"{number}.wav"
        soundfile.write(part, samples[begin : begin + 8_000], rate, "PCM_16")
        [row] = score_files(detector, [part])
        assert row.score == pytest.approx(timeline.score[number], abs=1e-4)


def test_calibrate_chooses_the_pooling_and_calibrates_its_scores(run, spliced, capsys):
    assert main(["calibrate", str(run), "--recordings", "4"]) == 0
    text = capsys.readouterr().out
    decision = RunFolder(run).read_decision()
    facts = decision["recordings"]["poolings"][decision["pooling"]]
    assert f"A recording of several windows has their {decision['pooling']} score" in text
    assert "12 recordings that were joined from them" in text
    assert facts["agreement"] == 1  # no utterance is longer than a window
    [row] = score_files(Detector.load(run), [spliced])
    assert (row.pooling, row.verdict) == (decision["pooling"], "spoof")
    assert row.llr == pytest.approx(facts["scale"] * row.score + facts["offset"])
    assert "A recording of several windows" in write_report(run).read_text()

    # Without recordings, the pooling that was chosen stays, with the calibration of clips.
    assert main(["calibrate", str(run), "--recordings", "0"]) == 0
    without = RunFolder(run).read_decision()
    assert without["pooling"] == decision["pooling"]
    assert "recordings" not in without
    # A run whose corpus is gone says so, and takes what --pooling says.
    options = ["--data.root", "gone", "--pooling", "lowest"]
    assert main(["calibrate", str(run), *options]) == 0
    text = capsys.readouterr().out
    assert "The pooling was not chosen on recordings: " in text
    assert "(--data.root DIR)" in text
    assert RunFolder(run).read_decision()["pooling"] == "lowest"
