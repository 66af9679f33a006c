"""Detectors that trace attacks: live audio, copies of the run, runs of earlier versions."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny
import untrained_runs

from spoofjax.cli import main
from spoofjax.config_files import load_config
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.export import export_run
from spoofjax.deployment.scoring import score_samples
from spoofjax.deployment.streaming import Streams
from spoofjax.errors import RunError
from spoofjax.evaluation.rule import Rule
from spoofjax.files import write_json
from spoofjax.runs.folder import RunFolder

ALL_SPOOFED, NO_SPOOF = Rule(0.5, 1_000.0), Rule(0.5, -1_000.0)


@pytest.fixture
def run(tiny_corpus, tmp_path) -> Path:
    """A run that traces attacks and rejects every one."""
    experiment = load_config(tiny_corpus() / "tiny.py")
    return untrained_runs.write_traced_run(tmp_path / "run", experiment, threshold=1e9)


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    """A second of an attack's voice."""
    return tiny.utterance("A01", np.random.default_rng(4), 16_000).astype(np.float32)


def test_a_stream_names_the_attack_that_score_names(run, voice):
    detector = Detector.load(run)
    verdicts = Streams(detector, ALL_SPOOFED, hop=0.5).push({"call": voice})
    assert [verdict.end for verdict in verdicts] == [0.5, 1.0]
    for verdict in verdicts:
        part = voice[round(verdict.start * tiny.RATE) : round(verdict.end * tiny.RATE)]
        row = score_samples(detector, part, tiny.RATE, ALL_SPOOFED)
        assert (verdict.attack, row.attack) == ("unknown", "unknown")
        assert verdict.likeliest_attack == row.likeliest_attack in ("A01", "A02")
        assert verdict.attack_score == pytest.approx(row.attack_score, abs=1e-4)
    [bonafide, _] = Streams(detector, NO_SPOOF, hop=0.5).push({"call": voice})
    assert (bonafide.verdict, bonafide.attack, bonafide.attack_score) == ("bonafide", None, None)


def test_the_command_names_the_attack(run, voice, tmp_path, capsys):
    soundfile.write(tmp_path / "call.wav", voice, tiny.RATE)
    arguments = ["stream", str(run), str(tmp_path / "call.wav"), "--threshold", "1000"]
    assert main(arguments) == 0
    assert "attack unknown (likeliest A0" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    [row, _] = map(json.loads, capsys.readouterr().out.splitlines())
    assert row["attack"] == "unknown"


def test_a_long_recording_has_the_mean_score_of_its_windows(run, voice):
    detector = Detector.load(run)
    row = score_samples(detector, voice, tiny.RATE, ALL_SPOOFED)
    assert row.judged_windows == 3
    assert row.timeline is not None
    assert row.timeline.attack_scores is not None
    assert row.attack_score == pytest.approx(row.timeline.attack_scores.mean())


def test_an_export_names_the_attack_that_its_run_names(run, voice, tmp_path):
    files = [str(tmp_path / "call.wav")]
    soundfile.write(files[0], voice, tiny.RATE)
    detector, out = Detector.load(run), tmp_path / "export"
    export_run(detector, run, files, out)
    row = score_samples(detector, voice, tiny.RATE, ALL_SPOOFED)
    assert score_samples(Detector.load(out), voice, tiny.RATE, ALL_SPOOFED) == row
    assert row.attack == "unknown"


def test_a_run_of_an_earlier_version_rejects_by_its_largest_logit(run, voice):
    folder = RunFolder(run)
    decision = folder.read_decision()
    del decision["tracing"]["score"]
    write_json(folder.decision, decision)
    folder.known_attacks.unlink()
    row = score_samples(Detector.load(run), voice, tiny.RATE, ALL_SPOOFED)
    assert row.timeline is not None
    assert row.timeline.attack_logits is not None
    assert row.attack_score == pytest.approx(row.timeline.attack_logits.max(axis=1).mean())


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_run_that_lacks_where_its_attacks_lie_says_so(run, damage):
    path = RunFolder(run).known_attacks
    path.unlink() if damage == "missing" else path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RunError, match=rf"known_attacks.npz is {damage}.*evaluate RUN --split dev"):
        Detector.load(run)
