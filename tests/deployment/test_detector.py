"""A detector is loaded from the files of a run and scores prepared clips."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tiny

from spoofjax.config import Clip
from spoofjax.deployment.detector import Detector
from spoofjax.errors import AudioError, RunError
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import load_weights, save_weights


@pytest.fixture(scope="module")
def run(make_run) -> Path:
    return make_run(Clip(evaluate=8_000, short="pad", buckets=tiny.BUCKETS))


@pytest.fixture(scope="module")
def detector(run) -> Detector:
    return Detector.load(run)


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(samples).normal(0, 0.1, samples).astype(np.float32)


def test_a_clip_is_as_long_as_the_bucket_of_its_utterance(detector):
    clip, valid = detector.prepare(noise(11_000))
    assert (clip.shape, valid) == ((12_000,), 11_000)
    clip, valid = detector.prepare(noise(20_000))
    assert (clip.shape, valid) == ((12_000,), 12_000)


def test_padding_does_not_change_a_score(detector):
    scores = []
    for samples in (4_000, 12_000):
        clip, valid = detector.prepare(noise(3_000), samples)
        scores += detector.score(clip[None], np.array([valid])).tolist()
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)


def test_an_utterance_scores_alike_alone_and_in_a_batch(detector):
    clips = np.stack([detector.prepare(noise(n), 8_000)[0] for n in (5_000, 7_000, 8_000)])
    lengths = np.array([5_000, 7_000, 8_000])
    scores = detector.score(clips, lengths)
    assert scores.dtype == np.float64
    alone = [detector.score(clips[[n]], lengths[[n]])[0] for n in range(3)]
    np.testing.assert_allclose(scores, alone, atol=1e-5)


def test_an_empty_waveform_is_refused(detector):
    with pytest.raises(AudioError, match="one channel of samples"):
        detector.prepare(np.zeros(0, np.float32))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda params: params.pop("head/bias"), "lacks head/bias"),
        (lambda params: params.update(extra=np.zeros(2, np.float32)), "has extra"),
        (lambda params: params.update({"head/bias": np.zeros(1, np.int32)}), "type int32"),
        (lambda params: params.update({"head/bias": np.zeros(1, np.float16)}), "type float16"),
        (lambda params: params.update({"head/bias": np.full(1, np.nan, "f4")}), "not finite"),
        (lambda params: params.update({"head/bias": np.zeros(2, np.float32)}), r"shape \(2,\)"),
    ],
)
def test_weights_of_another_model_are_refused(run, tmp_path, change, message):
    copy = RunFolder(tmp_path)
    for name in ("config", "decision"):
        getattr(copy, name).write_text(getattr(RunFolder(run), name).read_text())
    params, constants = load_weights(run)
    change(params)
    save_weights(tmp_path, params, constants)
    with pytest.raises(RunError, match=message):
        Detector.load(tmp_path)


@pytest.mark.parametrize("type_", ["BF16", "F8_E4M3", "I32"])
def test_weights_whose_header_says_another_type_are_refused(run, tmp_path, type_):
    copy = RunFolder(shutil.copytree(run, tmp_path / "run"))
    data = copy.weights.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + size].replace(b"F32", type_.encode())
    copy.weights.write_bytes(len(header).to_bytes(8, "little") + header + data[8 + size :])
    with pytest.raises(RunError, match=r"weights\.safetensors"):
        Detector.load(copy.path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"threshold": float("nan")}, "threshold must be a finite number, not nan"),
        ({"threshold": None}, "threshold must be a finite number, not null"),
        ({"calibration": {"scale": [1.0]}}, "calibration.offset is missing"),
        ({"log_prior_odds": "0"}, "log_prior_odds must be a finite number"),
    ],
)
def test_a_decision_edited_by_hand_is_refused_with_its_field(run, tmp_path, change, said):
    copy = RunFolder(shutil.copytree(run, tmp_path / "run"))
    copy.decision.write_text(json.dumps({**json.loads(copy.decision.read_text()), **change}))
    with pytest.raises(RunError, match=rf"decision\.json is damaged: {said}"):
        Detector.load(copy.path)


def test_an_unfinished_run_says_how_to_finish_it(run, tmp_path):
    RunFolder(tmp_path).config.write_text(RunFolder(run).config.read_text())
    with pytest.raises(RunError, match="--resume"):
        Detector.load(tmp_path)
