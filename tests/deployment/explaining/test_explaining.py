"""Explanations of a network that hears one band alone name that band."""

from __future__ import annotations

import numpy as np
import pytest
import tiny
from flax import nnx

from spoofjax.config import Clip, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.explaining.baseline import background
from spoofjax.deployment.explaining.cells import cells_of
from spoofjax.deployment.explaining.deletion import deletion_test
from spoofjax.deployment.explaining.explainer import Explainer
from spoofjax.deployment.explaining.explanation import Explanation
from spoofjax.errors import AudioError
from spoofjax.features import LFCC, LogLinear, Waveform
from spoofjax.loading.sampling import Natural
from spoofjax.models import MLP
from spoofjax.models.arrays import flatten
from spoofjax.models.building import build_network
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

BAND = 9
"""3,000 to 3,300 Hz of 24 bands: where attack A01 whistles."""


@pytest.fixture(scope="module")
def detector() -> Detector:
    """A linear detector whose score is less the level of one band, averaged over time."""
    experiment = Experiment(
        data=ASVspoof5(root="nowhere"),
        front_end=LogLinear(filters=24),
        model=MLP(hidden=(), dropout=0.0),
        sampling=Natural(),
        loss=BinaryCrossEntropy(),
        optimizer=Adam(learning_rate=1e-3),
        clip=Clip(train=8_000, evaluate=8_000, short="pad"),
        batch=4,
        steps=1,
    )
    _, params, constants = nnx.split(build_network(experiment, nnx.Rngs(0)), nnx.Param, ...)
    weights = {name: np.zeros_like(value) for name, value in flatten(params).items()}
    [kernel] = [name for name in weights if weights[name].shape == (24, 1)]
    weights[kernel][BAND] = -1.0
    decision = {"threshold": 7.0, "log_prior_odds": 0.0, "calibration": None}
    return Detector(experiment, decision, weights, flatten(constants))


@pytest.fixture(scope="module")
def explainer(detector) -> Explainer:
    return Explainer(detector)


@pytest.fixture(scope="module")
def explanation(explainer, spoof) -> Explanation:
    """That of a window which begins two seconds after the start of its recording."""
    return explainer.explain(spoof, start=2.0)


@pytest.fixture(scope="module")
def spoof() -> np.ndarray:
    """Half a second whose second half has a whistle at 3.1 kHz."""
    generator = np.random.default_rng(5)
    samples = tiny.utterance(None, generator, tiny.SAMPLES)
    time = np.arange(tiny.SAMPLES) / tiny.RATE
    return (samples + 0.1 * (time > 0.25) * np.sin(6283.2 * 3.1 * time)).astype(np.float32)


def test_the_attribution_lies_in_the_band_that_the_network_hears(detector, explanation, spoof):
    assert not explanation.is_bonafide
    others = np.delete(explanation.attribution, BAND, axis=1)
    assert not others.any()
    assert explanation.attribution.sum() == pytest.approx(
        explanation.score - explanation.baseline_score, rel=0.02
    )
    assert explanation.score == pytest.approx(
        float(detector.score(*(np.array([x]) for x in detector.prepare(spoof)))[0]), abs=1e-3
    )


def test_json_names_the_times_and_the_frequencies_of_a_whistle(explanation):
    values = explanation.to_json()
    band = values["bands"][0]
    assert band["low"] < 3_100 < band["high"]
    assert band["share"] > 0.99
    assert all(part["start"] >= 2.2 - 1e-6 for part in values["times"][:3])
    assert values["end"] == 2.5
    assert values["warning"] is None
    assert values["deletion"]["holds"]


def test_cells_that_the_network_does_not_hear_fail_the_deletion_test(explainer, explanation, spoof):
    scorer = explainer._scorer
    utterance = scorer.utterance(spoof, len(spoof))
    shuffled = np.random.default_rng(0).permutation(explanation.marked, axis=1)
    result = deletion_test(
        scorer, utterance, shuffled, background(utterance.levels), explanation.score,
        is_bonafide=False,
    )  # fmt: skip
    assert explanation.deletion.holds
    assert not result.holds
    assert result.p_value > 0.05


def test_samples_shorter_than_a_frame_are_an_error(explainer):
    with pytest.raises(AudioError, match="shorter than a frame"):
        explainer.explain(np.ones(100, np.float32))


@pytest.mark.parametrize(
    "front_end",
    [LFCC.nii2019(), Waveform()],
    ids=["cepstra with energy", "samples"],
)
def test_cells_give_the_features_of_the_front_end(front_end):
    samples = np.random.default_rng(0).normal(0, 0.1, (1, 4_000)).astype(np.float32)
    lengths = np.array([3_700], np.int32)
    cells = cells_of(front_end)
    levels = cells.levels(samples, lengths)
    assert len(cells.edges()) == levels.values.shape[2] + 1
    assert np.all(np.diff(cells.edges()) >= 0)
    features, _ = cells.features(levels, lengths)
    np.testing.assert_allclose(features, front_end(samples, lengths), atol=2e-3)
