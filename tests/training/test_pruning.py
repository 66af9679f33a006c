"""Pruned runs: how many channels they keep, and that they score at once and can be trained on."""

import json

import numpy as np
import pytest
from flax import nnx
from untrained_runs import write_run

from spoofjax.cli import main
from spoofjax.config_files import load_config
from spoofjax.deployment.detector import Detector
from spoofjax.errors import ConfigError
from spoofjax.models import CNN, CNN2D, CNNLSTM, LCNN
from spoofjax.models.arrays import flatten
from spoofjax.models.channels import with_widths
from spoofjax.runs.folder import RunFolder
from spoofjax.training.pruning import channels_of, most_important, share_within


@pytest.fixture(scope="module")
def experiment(tiny_corpus):
    return load_config(tiny_corpus() / "tiny.py")


@pytest.fixture(scope="module")
def whole(experiment, tmp_path_factory):
    """A detector with random weights and the channels (8, 16)."""
    return write_run(tmp_path_factory.mktemp("pruning") / "whole", experiment)


def weights_of(model, coefficients=80):
    network = model.build(coefficients, nnx.Rngs(0))
    params, constants = map(flatten, nnx.split(network, nnx.Param, ...)[1:])
    return network.removable_channels(), params, {**params, **constants}


def test_every_layer_keeps_the_share_in_whole_vectors():
    channels, _, arrays = weights_of(CNNLSTM(channels=(64, 30), units=(64, 10)))
    kept = most_important(arrays, channels, 0.45)
    # 28.8 channels and 28.8 units; 30 and 10 are no whole vectors, so 13.5 and 4.5 are rounded.
    assert [keeps.sum() for keeps in kept] == [32, 14, 32, 5]
    assert [keeps.sum() for keeps in most_important(arrays, channels, 1e-9)] == [8, 1, 16, 1]


def test_the_number_of_parameters_limits_the_share():
    channels, params, arrays = weights_of(CNN2D())
    share = share_within(arrays, params, channels, 30_000)
    smaller = with_widths(CNN2D(), channels, most_important(arrays, channels, share))
    assert smaller == CNN2D(channels=(8, 16, 24, 32))
    assert share_within(arrays, params, channels, 10**9) == 1
    with pytest.raises(ConfigError, match=r"fewest channels leave [\d,]+ parameters, more than 90"):
        share_within(arrays, params, channels, 90)


def test_a_model_without_removable_channels_names_those_that_have_some(experiment):
    with pytest.raises(ConfigError, match=r"of LCNN cannot be removed.* CNN, CNN2D, CNNLSTM"):
        channels_of(experiment.replace(model=LCNN()))


def scores(folder):
    random = np.random.default_rng(0)
    clips = random.normal(0, 0.1, (3, 8_000)).astype(np.float32)
    return Detector.load(folder).score(clips, np.full(3, 8_000, np.int32))


@pytest.mark.slow
def test_pruning_nothing_gives_the_same_scores(whole, tmp_path, capsys):
    out = tmp_path / "same"
    assert main(["prune", str(whole), "--keep", "1", "--out", str(out)]) == 0
    np.testing.assert_array_equal(scores(out), scores(whole))
    printed = capsys.readouterr().out
    assert "before: 1,553 parameters" in printed
    assert "after:  1,553 parameters" in printed
    assert main(["prune", str(whole), "--keep", "0", "--out", str(tmp_path / "none")]) == 1
    assert "--keep is a share of channels" in capsys.readouterr().err


@pytest.mark.slow
def test_a_pruned_run_is_a_detector_and_trains_on_as_its_last_line_says(whole, tmp_path, capsys):
    out = tmp_path / "half"
    assert main(["prune", str(whole), "--keep", "0.5", "--out", str(out)]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert RunFolder(out).experiment().model == CNN(channels=(4, 8), hidden=8)
    assert json.loads(RunFolder(out).environment.read_text())["pruned_from"] == str(whole)
    assert np.isfinite(scores(out)).all()
    _, command, *arguments = last.removeprefix("next: ").split()
    assert main([command, *arguments, "--steps", "2"]) == 0
    facts = json.loads(RunFolder(f"{out}-tuned").transfer.read_text())
    assert facts["skipped"] == {}
    assert facts["fresh"] == []
