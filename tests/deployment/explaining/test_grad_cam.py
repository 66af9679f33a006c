"""Grad-CAM finds where in time and frequency a network of convolutions hears something."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny
from flax import nnx

from spoofjax.cli import main
from spoofjax.config import Clip, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.explaining.explainer import Explainer
from spoofjax.deployment.explaining.grad_cam import spread
from spoofjax.errors import ConfigError
from spoofjax.features import LFCC, LogLinear, Waveform
from spoofjax.models import CNN, CNN2D, LSTM, MLP, CodecAware, Ensemble
from spoofjax.models.arrays import flatten
from spoofjax.models.building import build_network

DECISION = {"threshold": 0.0, "log_prior_odds": 0.0, "calibration": None}


def detector_of(model, front_end, change=lambda name, value: value) -> Detector:
    """Return an untrained detector, whose weights `change` may replace."""
    experiment = Experiment(
        data=ASVspoof5(root="nowhere"),
        front_end=front_end,
        model=model,
        clip=Clip(train=8_000, evaluate=8_000, short="pad"),
        steps=1,
    )
    _, params, constants = nnx.split(build_network(experiment, nnx.Rngs(0)), nnx.Param, ...)
    weights = {name: change(name, np.asarray(value)) for name, value in flatten(params).items()}
    statistics = {name: np.asarray(value) for name, value in flatten(constants).items()}
    for name, value in statistics.items():
        if name.startswith("standardize") and name.endswith("mean"):
            # The first ReLU lets pass what is louder than the speech.
            statistics[name] = np.full_like(value, 5.0)
    return Detector(experiment, DECISION, weights, statistics)


def whistle(frequency: float) -> np.ndarray:
    """Return half a second whose second half has a loud whistle of `frequency` Hz."""
    samples = tiny.utterance(None, np.random.default_rng(5), tiny.SAMPLES)
    time = np.arange(tiny.SAMPLES) / tiny.RATE
    tone = np.sin(2 * np.pi * frequency * time)
    return (samples + 2 * (time > 0.25) * tone).astype(np.float32)


def energy_detector(name: str, value: np.ndarray) -> np.ndarray:
    """Make every channel an average of its neighbourhood, and the score less their sum."""
    if "kernel" in name and value.ndim == 4:
        return np.full_like(value, 1 / value[..., 0].size)
    return np.full_like(value, -0.01) if value.ndim == 2 else value


@pytest.mark.parametrize("frequency", [2_000, 6_000])
def test_what_the_network_hears_lies_where_the_whistle_is(frequency):
    model = CNN2D(channels=(4, 4), convolutions=(1, 1), dropout=0.0)
    explainer = Explainer(
        detector_of(model, LogLinear(filters=32), energy_detector), method="grad_cam"
    )
    explanation = explainer.explain(whistle(frequency), occludes=False)
    frame, band = np.unravel_index(
        np.abs(explanation.attribution).argmax(), explanation.attribution.shape
    )
    assert not explanation.is_bonafide
    assert explanation.attribution.shape == explanation.levels.shape
    assert abs(explanation.frequencies[band] - frequency) < 700
    assert explanation.times[frame] > 0.2
    assert explanation.deletion.moved > np.mean(explanation.deletion.random)
    values = explanation.to_json()
    assert (values["method"], values["error"]) == ("grad_cam", None)


def test_maps_over_time_alone_say_the_same_of_all_bands():
    explainer = Explainer(detector_of(CNN(), LFCC()), method="grad_cam")
    attribution = explainer.explain(whistle(3_000), occludes=False).attribution
    assert np.ptp(attribution, axis=0).max() > 0
    assert np.ptp(attribution, axis=1).max() == pytest.approx(0, abs=1e-6)


def test_an_explainer_explains_one_utterance_after_another():
    model = CNN2D(channels=(4, 4), convolutions=(1, 1), dropout=0.0)
    detector = detector_of(model, LogLinear(filters=32), energy_detector)
    explainer = Explainer(detector, method="grad_cam")
    explained = [explainer.explain(whistle(f), occludes=False) for f in (2_000, 6_000, 2_000)]
    np.testing.assert_array_equal(explained[0].attribution, explained[2].attribution)
    assert not np.allclose(explained[0].attribution, explained[1].attribution)


def test_a_map_is_interpolated_between_the_middles_of_its_places():
    np.testing.assert_allclose(spread(np.array([0.0, 4.0]), (5, 1), 2.0)[:, 0], [0, 1, 3, 4, 4])


@pytest.mark.parametrize(
    ("model", "front_end", "message"),
    [
        (MLP(hidden=(), dropout=0.0), LogLinear(filters=24), "needs a network of convolutions"),
        (LSTM(), LFCC(), "needs a network of convolutions"),
        (CNN2D(), LFCC(), "not cepstra"),
        (LSTM(), Waveform(), "hears samples"),
        (Ensemble((CNN(), CNN())), LFCC(), "this detector has several"),
        (CodecAware(Ensemble((CNN(), CNN())), ("gsm",), 2), LFCC(), "this detector has several"),
    ],
    ids=["no layers", "recurrent", "cepstra", "samples", "members", "members that know codecs"],
)
def test_what_grad_cam_cannot_explain_is_an_error(model, front_end, message):
    detector = detector_of(model, front_end)
    with pytest.raises(ConfigError, match=message):
        Explainer(detector, method="grad_cam")


@pytest.mark.slow
def test_score_writes_which_method_it_used(make_run, files, tmp_path):
    run = make_run(Clip(evaluate=8_000))
    options = ["--explain", str(tmp_path / "explained"), "--explain-by", "grad_cam"]
    main(["score", str(run), str(files[-1]), "--out", str(tmp_path / "rows.jsonl"), *options])
    [path] = (tmp_path / "explained").glob("*.json")
    assert json.loads(path.read_text())["method"] == "grad_cam"
