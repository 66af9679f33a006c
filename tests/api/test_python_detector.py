"""Using a detector from Python."""

import numpy as np
import pytest
import soundfile

import spoofjax
from spoofjax.errors import AudioError, ConfigError, CorpusError


@pytest.fixture(scope="module")
def detector(run) -> spoofjax.Detector:
    return spoofjax.load(run)


def test_a_file_and_its_samples_have_one_verdict(detector, utterances):
    for path in utterances:
        of_file = detector(path)
        samples, rate = soundfile.read(path)
        of_samples = detector(samples, rate)
        assert of_file.verdict == of_samples.verdict != "unknown"
        assert of_samples.llr == pytest.approx(of_file.llr, abs=1e-4)
        assert (of_file.file, of_samples.file) == (str(path), "")
        assert detector(str(path)) == of_file
    assert detector(utterances[0]).llr != detector(utterances[1]).llr


def test_the_decision_says_how_windows_become_a_score(detector, utterances, monkeypatch):
    monkeypatch.setitem(detector.trained.decision, "pooling", "lowest")
    assert detector(utterances[1]).pooling == "lowest"
    assert detector(*soundfile.read(utterances[1])).pooling == "lowest"


def test_samples_may_be_integers_stereo_or_of_another_rate(detector, utterances):
    expected = detector(utterances[1])
    samples, rate = soundfile.read(utterances[1], dtype="int16")
    assert detector(samples, rate).llr == pytest.approx(expected.llr, abs=1e-4)
    stereo = np.stack([samples, samples], axis=1)
    assert detector(stereo, rate).llr == pytest.approx(expected.llr, abs=1e-4)
    doubled = np.repeat(samples, 2)
    assert detector(doubled, 2 * rate).llr == pytest.approx(expected.llr, abs=0.5)


def test_a_result_and_a_detector_are_short_to_read(detector, run, utterances):
    assert repr(detector) == f"<Detector {run}: CNN on LogLinear, not calibrated>"
    result = detector(utterances[1])
    assert repr(result) == (
        f"<{result.verdict}: P(spoof) {result.p_spoof:.3f}, LLR {result.llr:+.2f}, not calibrated>"
    )


def test_a_timeline_has_the_scores_of_all_windows(detector, utterances):
    timeline = detector.timeline(utterances[1])
    assert timeline.pooled_llr() == pytest.approx(detector(utterances[1]).llr)
    assert timeline.start[0] == 0
    assert timeline.seconds == 0.5


def test_silence_is_not_judged(detector):
    result = detector(np.zeros(16_000, np.float32), 16_000)
    assert result.verdict == "unknown"
    assert result.p_spoof is None
    assert repr(result) == "<unknown: digital silence: all samples are equal>"


def test_many_files_are_scored_together(detector, utterances, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    rows = list(detector.score([*utterances, broken]))
    expected = [detector(path).llr for path in utterances]
    assert [row.llr for row in rows[:2]] == pytest.approx(expected, abs=1e-4)
    assert rows[2].verdict == "unknown"
    assert "broken.wav" in rows[2].error
    with pytest.raises(CorpusError, match="no file"):
        list(detector.score(["nowhere.wav"]))


def test_the_rule_can_be_stated(run, utterances):
    for threshold, verdict in ((1e6, "spoof"), (-1e6, "bonafide")):
        assert spoofjax.load(run, threshold=threshold)(utterances[0]).verdict == verdict
    with pytest.raises(ConfigError, match="between 0 and 1"):
        spoofjax.load(run, prior=1.5)


@pytest.mark.parametrize(
    ("audio", "rate", "words"),
    [
        (np.zeros(8_000), None, "need their rate"),
        ("x.wav", 16_000, "states its own rate"),
        ("nowhere.wav", None, "no such audio file"),
        (np.full(8_000, np.nan), 16_000, "NaN"),
        (np.zeros((2, 8_000)), 16_000, "8,000 channels"),
        (np.zeros((0,)), 16_000, "shape"),
        (np.zeros((2, 2, 2)), 16_000, "shape"),
        (np.zeros(8_000, np.int64), 16_000, "int64"),
        (np.zeros(8_000), 16, "plausible are 4,000"),
    ],
)
def test_unfit_audio_is_one_clear_error(detector, audio, rate, words):
    with pytest.raises(AudioError, match=words):
        detector(audio, rate)
