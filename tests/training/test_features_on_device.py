"""Features computed by the step from samples are those that the host would have sent."""

import shutil

import jax
import numpy as np
import pytest
import started_runs

from spoofjax.config import Checkpoints, Evaluation
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.features import LFCC, Waveform
from spoofjax.features.on_device import features_of_samples
from spoofjax.training.input import training_input
from spoofjax.training.loop import train


def with_features(experiment, place):
    return experiment.replace(loading=experiment.loading.replace(features=place))


def test_batches_of_samples_hold_the_features_of_batches_of_features(uneven_corpus):
    experiment = load_config(uneven_corpus / "tiny.py").replace(front_end=LFCC())
    manifest = experiment.data.manifest("train")
    host = training_input(experiment, manifest)
    device = training_input(experiment, manifest, sends_samples=True)
    shapes = {blank.features.shape: blank.features.dtype for blank in device.blanks()}
    transform = jax.jit(features_of_samples(experiment.front_end, "fft"))
    try:
        expected, sent = host.batch(0), device.batch(0)
        assert shapes[sent.features.shape] == sent.features.dtype
        features, lengths = transform(sent.features, sent.lengths)
        assert len(set(sent.lengths.tolist())) > 1  # the clips are padded
        np.testing.assert_allclose(features, expected.features, atol=1e-3)
        np.testing.assert_array_equal(lengths, expected.lengths)
        np.testing.assert_array_equal(sent.indices, expected.indices)
    finally:
        host.close()
        device.close()


def test_samples_of_sixteen_bits_are_scaled_as_the_host_scales_them():
    samples = np.random.default_rng(0).integers(-(2**15), 2**15, (2, 1_000), np.int16)
    lengths = np.full(2, 1_000, np.int32)
    features, _ = features_of_samples(Waveform(), "fft")(samples, lengths)
    np.testing.assert_array_equal(features, Waveform()(samples))


@pytest.mark.slow
@pytest.mark.usefixtures("compiled_once")
def test_a_run_with_features_on_the_device_has_the_losses_of_one_on_the_host(
    uneven_corpus, tmp_path
):
    experiment = load_config(uneven_corpus / "tiny.py").replace(
        steps=6, evaluation=Evaluation(every=6, batch=24), checkpoints=Checkpoints(every=3)
    )
    splits = training_splits(experiment.data)
    for place in ("host", "device"):
        train(with_features(experiment, place), splits, tmp_path / place, quiet=True)
    losses = {place: started_runs.losses(tmp_path / place) for place in ("host", "device")}
    assert len(losses["host"]) == 6
    np.testing.assert_allclose(losses["device"], losses["host"], atol=1e-3)

    resumed = shutil.copytree(tmp_path / "device", tmp_path / "resumed")
    shutil.rmtree(resumed / "checkpoints" / "latest" / "6")
    train(with_features(experiment, "device"), splits, resumed, resume=True, quiet=True)
    assert started_runs.identical(resumed, tmp_path / "device")
