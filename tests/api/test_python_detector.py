"""Training and using a detector from Python."""

import numpy as np
import pytest
import soundfile

import spoofjax
from spoofjax.errors import AudioError, ConfigError, CorpusError, RunError


@pytest.fixture(scope="module")
def detector(trained) -> spoofjax.Detector:
    return spoofjax.load(trained.folder)


def test_training_returns_the_run_and_its_numbers(trained):
    assert sorted(trained.metrics) == ["dev", "eval"]
    assert trained.metrics["dev"]["eer"] < 0.3
    assert repr(trained).startswith(f"<Run {trained.folder}: dev EER ")
    assert (trained.folder / "report" / "report.md").is_file()


def test_a_run_is_not_overwritten(trained, tiny_corpus):
    with pytest.raises(RunError, match="already holds a run"):
        spoofjax.train(tiny_corpus() / "tiny.py", trained.folder)


def test_an_experiment_is_checked_like_a_file(trained, tiny_corpus, tmp_path):
    experiment = spoofjax.load_config(tiny_corpus() / "tiny.py").replace(epochs=1.0)
    with pytest.raises(ConfigError, match="not as both"):
        spoofjax.train(experiment, tmp_path / "run")


def test_a_file_and_its_samples_have_one_verdict(detector, utterances):
    for path, verdict in zip(utterances, ("bonafide", "spoof"), strict=True):
        of_file = detector(path)
        samples, rate = soundfile.read(path)
        of_samples = detector(samples, rate)
        assert of_file.verdict == of_samples.verdict == verdict
        assert of_samples.llr == pytest.approx(of_file.llr, abs=1e-4)
        assert (of_file.file, of_samples.file) == (str(path), "")
        assert detector(str(path)) == of_file


def test_samples_may_be_integers_stereo_or_of_another_rate(detector, utterances):
    expected = detector(utterances[1])
    samples, rate = soundfile.read(utterances[1], dtype="int16")
    assert detector(samples, rate).llr == pytest.approx(expected.llr, abs=1e-4)
    stereo = np.stack([samples, samples], axis=1)
    assert detector(stereo, rate).llr == pytest.approx(expected.llr, abs=1e-4)
    doubled = np.repeat(samples, 2)
    assert detector(doubled, 2 * rate).verdict == "spoof"


def test_a_result_and_a_detector_are_short_to_read(detector, trained, utterances):
    assert repr(detector) == f"<Detector {trained.folder}: CNN on LogLinear, not calibrated>"
    text = repr(detector(utterances[1]))
    assert text.startswith("<spoof: P(spoof) 0.")
    assert text.endswith(", not calibrated>")


def test_a_timeline_has_the_scores_of_all_windows(detector, utterances):
    timeline = detector.timeline(utterances[1])
    assert timeline.pooled_llr() == pytest.approx(detector(utterances[1]).llr)
    assert timeline.start[0] == 0
    assert timeline.seconds == 0.5


def test_a_wrong_override_is_an_error_not_the_end_of_python(tiny_corpus, tmp_path, capsys):
    with pytest.raises(ConfigError, match="does not take the overrides --stepz 5"):
        spoofjax.train(tiny_corpus() / "tiny.py", tmp_path, overrides=["--stepz", "5"])
    assert "--steps" in capsys.readouterr().err


def test_silence_is_not_judged(detector):
    result = detector(np.zeros(16_000, np.float32), 16_000)
    assert result.verdict == "unknown"
    assert result.p_spoof is None
    assert repr(result) == "<unknown: digital silence: all samples are equal>"


def test_many_files_are_scored_together(detector, utterances, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    rows = list(detector.score([*utterances, broken]))
    assert [row.verdict for row in rows] == ["bonafide", "spoof", "unknown"]
    assert "broken.wav" in rows[2].error
    with pytest.raises(CorpusError, match="no file"):
        list(detector.score(["nowhere.wav"]))


def test_the_rule_can_be_stated(trained, utterances):
    careful = spoofjax.load(trained.folder, threshold=1e6)
    assert careful(utterances[0]).verdict == "spoof"
    with pytest.raises(ConfigError, match="between 0 and 1"):
        spoofjax.load(trained.folder, prior=1.5)


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
