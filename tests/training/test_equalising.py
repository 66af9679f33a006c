"""A run that recognises codecs, and judges bona fide speech through each as strictly."""

import json
from contextlib import closing

import jax.numpy as jnp
import numpy as np
import pytest
import started_runs
import tiny
from flax import nnx

from spoofjax.audio.augmentation import Transmission
from spoofjax.cli import main
from spoofjax.config import Augmentation
from spoofjax.config_files import load_config
from spoofjax.deployment.detector import Detector
from spoofjax.errors import ConfigError
from spoofjax.features import Waveform
from spoofjax.loading.copies import CopyBatches
from spoofjax.models import CNN
from spoofjax.models.codec_aware import CodecAware
from spoofjax.models.networks.codec_aware import describe
from spoofjax.models.output import Output
from spoofjax.runs.folder import RunFolder
from spoofjax.training.equalising import Heard, codec_aware, offsets, recogniser


def test_channels_are_recognised_by_the_probability_that_bayes_gives_them():
    """For normal distributions of one covariance, linear discriminants are the truth."""
    draw = np.random.default_rng(0)
    means = np.array([[0.0, 5.0, 100.0], [2.0, 5.0, 100.0], [0.0, 6.0, 104.0]])
    deviations = np.array([1.0, 0.5, 4.0])
    channels = [mean + deviations * draw.normal(size=(4000, 3)) for mean in means]
    weights, biases = recogniser(channels)
    points = np.concatenate([channel[:50] for channel in channels])
    logits = points @ weights + biases
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    log_densities = -0.5 * (((points[:, None] - means) / deviations) ** 2).sum(-1)
    expected = np.exp(log_densities - log_densities.max(1, keepdims=True))
    expected /= expected.sum(1, keepdims=True)
    np.testing.assert_allclose(shares, expected, atol=0.06)  # shrinkage leaves a little doubt


def test_an_offset_is_what_bona_fide_speech_scores_more_than_without_a_codec():
    def heard(scores):
        return Heard(np.array(scores), np.zeros((3, 1)), np.array([True, True, False]))

    as_it_is, alike = heard([1.0, 3.0, -9.0]), heard([-0.5, 1.5, 7.0])
    assert offsets([as_it_is, alike]).tolist() == [0.0, -1.5]


def test_what_a_codec_spreads_is_to_the_advantage_of_the_caller():
    def heard(changes):
        scores = np.zeros(200) if changes is None else np.tile(changes, 100)
        return Heard(scores, np.zeros((200, 1)), np.ones(200, bool))

    even, spread = offsets([heard(None), heard([-1.0, -1.0]), heard([-6.0, 4.0])])[1:]
    assert even == -1.0
    assert spread == -1.0 - 0.75 * 5


def test_a_network_that_recognises_codecs_takes_off_what_they_change():
    network = CodecAware(CNN(channels=(2, 4), hidden=4), ("gsm",), 2).build(3, nnx.Rngs(0))
    x, lengths = jnp.ones((2, 20, 3)), jnp.array([20, 11])
    alone = network.network(x, lengths).score
    np.testing.assert_array_equal(network(x, lengths).score, alone)  # until it has been fitted
    network.offsets[...] = jnp.array([0.0, 4.0])
    np.testing.assert_allclose(network(x, lengths).score, alone - 2.0, atol=1e-6)
    network.biases[...] = jnp.array([0.0, 50.0])  # it is the codec, without doubt
    np.testing.assert_allclose(network(x, lengths).score, alone - 4.0, atol=1e-6)


def test_a_description_is_of_valid_frames_and_of_every_embedding():
    x = np.random.default_rng(0).normal(size=(1, 30, 4)).astype(np.float32)
    padded = jnp.asarray(np.concatenate([x, np.full((1, 9, 4), 7, np.float32)], 1))
    score, embedding = jnp.zeros(1), jnp.array([[1.0, 2.0]])
    member = Output(score, embedding)
    output = Output(score, members=(member, Output(score), Output(score, 3 * embedding)))
    description = describe(output, padded, jnp.array([30]))[0]
    np.testing.assert_allclose(description[:4], x[0].mean(0), atol=1e-5)
    np.testing.assert_allclose(description[4:8], x[0].std(0), atol=1e-4)
    assert description[8:].tolist() == [1.0, 2.0, 3.0, 6.0]


def test_what_cannot_be_equalised_is_named(tiny_corpus):
    experiment = load_config(tiny_corpus() / "tiny.py")
    aware = codec_aware(experiment, ("gsm",))
    assert aware.model == CodecAware(experiment.model, ("gsm",), channels=2)
    rates = codec_aware(experiment, ("gsm", "vorbis")).model
    assert rates.channels == 5  # Vorbis has three settings
    with pytest.raises(ConfigError, match=r"recognises codecs already \(gsm\)"):
        codec_aware(aware, ("mp3",))
    with pytest.raises(ConfigError, match="hears Waveform"):
        codec_aware(experiment.replace(front_end=Waveform()), ("gsm",))
    with pytest.raises(ConfigError, match="unknown"):
        codec_aware(experiment, ("unknown",))
    with pytest.raises(ConfigError, match="spoofjax equalise RUN"):
        CodecAware()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of a finished run, 'run', and of the same run 'equalised' for two codecs."""
    folder = tmp_path_factory.mktemp("equalised")
    config = tiny.write_config(folder / "tiny.py", tiny.make_corpus(folder / "corpus"))
    started_runs.train(config, "--out", folder / "run", "--quiet")
    command = ["equalise", str(folder / "run"), "--codecs", "gsm", "vorbis"]
    assert main([*command, "--out", str(folder / "equalised")]) == 0
    return folder


def bonafide_scores(run, codec):
    """The scores of dev's bona fide utterances through a codec."""
    detector = Detector.load(run)
    experiment = detector.experiment
    manifest = experiment.data.manifest("dev")
    batches = CopyBatches(
        manifest.take(np.flatnonzero(manifest.label == 1)),
        augment=Transmission((codec,)) if codec else Augmentation(),
        seed=1,
        first_row=0,
        originals=0,
        front_end=experiment.front_end,
        clip=experiment.clip,
        loading=experiment.loading,
    )
    scores = []
    with closing(batches):
        for cut in batches.cuts(16):
            batch = batches.batch(cut)
            given = detector.predict(
                detector.params, detector.constants, batch.features, batch.lengths
            )
            scores += np.asarray(given)[batch.indices >= 0].tolist()
    return np.array(scores)


def test_bona_fide_speech_scores_no_less_through_a_codec(runs):
    def changes(run, codec):
        return bonafide_scores(run, codec) - bonafide_scores(run, None)

    for codec in ("gsm", "vorbis"):
        before, after = changes(runs / "run", codec), changes(runs / "equalised", codec)
        loss, spread = -before.mean(), before.std()
        assert loss > 0.4
        # As a network is seldom sure of a codec, it gives back between nothing and all of it.
        assert -0.1 * loss < after.mean() < 0.75 * spread + 0.1 * loss


def test_an_equalised_run_is_a_run_as_any_other(runs, tmp_path, capsys):
    run = RunFolder(runs / "equalised")
    assert json.loads(run.environment.read_text())["equalised"] == str(runs / "run")
    exported = tmp_path / "export"
    assert main(["export", str(run.path), "--out", str(exported)]) == 0
    file = str(runs / "corpus" / "flac_E_eval" / "E_0000000000.flac")
    capsys.readouterr()
    scores = []
    for folder in (run.path, exported):
        assert main(["score", str(folder), file, "--json"]) == 0
        scores.append(json.loads(capsys.readouterr().out.splitlines()[0])["score"])
    assert scores[0] == pytest.approx(scores[1], abs=1e-4)

    again = ["equalise", str(run.path), "--codecs", "gsm", "--out", str(tmp_path / "again")]
    assert main(again) == 1
    assert "recognises codecs already" in capsys.readouterr().err
    none = ["equalise", str(runs / "run"), "--utterances", "0", "--out", str(tmp_path / "none")]
    assert main(none) == 1
    assert "must be at least 1" in capsys.readouterr().err


def test_an_equalised_run_is_exported_to_onnx(runs, tmp_path):
    pytest.importorskip("onnx")
    command = ["export", str(runs / "equalised"), "--to", "onnx", "--out", str(tmp_path / "onnx")]
    assert main(command) == 0  # after it has compared the scores of dev with those of the run
