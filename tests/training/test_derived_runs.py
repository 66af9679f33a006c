"""Averages of checkpoints and ensembles of runs: detectors made of finished ones."""

import json

import numpy as np
import pytest
from flax import nnx

from spoofjax.cli import main
from spoofjax.config import Checkpoints, Clip, Evaluation, Transfer
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import ConfigError, TrainingError
from spoofjax.evaluation.scores import read_scores
from spoofjax.features import LogMel, Waveform
from spoofjax.models import CNN, Ensemble
from spoofjax.models.arrays import flatten
from spoofjax.models.building import build_network
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import load_weights
from spoofjax.training.derived import write_derived_run
from spoofjax.training.ensembles import ensemble_of
from spoofjax.training.loop import train
from spoofjax.training.losses import BinaryCrossEntropy, OCSoftmax

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tiny_corpus, tmp_path_factory):
    """A run of twelve steps that keeps its last three checkpoints."""
    tiny = load_config(tiny_corpus() / "tiny.py")
    experiment = tiny.replace(
        model=CNN(channels=(4, 8), hidden=8),
        steps=12,
        evaluation=Evaluation(every=12, batch=16),
        checkpoints=Checkpoints(every=4, keep=3),
    )
    folder = tmp_path_factory.mktemp("derived") / "trained"
    train(experiment, training_splits(experiment.data), folder, quiet=True)
    return folder


@pytest.fixture(scope="module")
def average(trained):
    folder = trained.parent / "average"
    assert main(["average", str(trained), "--last", "3", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def ensemble(trained, average):
    folder = trained.parent / "ensemble"
    assert main(["ensemble", str(trained), str(average), "--out", str(folder)]) == 0
    return folder


def scores_of(folder, split="eval"):
    return read_scores(RunFolder(folder).scores("asvspoof5", split)).score


def test_an_average_has_mean_parameters_and_statistics_of_its_own(trained, average):
    params, constants = load_weights(average)
    last, its_constants = load_weights(trained)
    assert params.keys() == last.keys()
    assert any(not np.array_equal(params[name], last[name]) for name in params)
    for name in constants:
        is_same = np.array_equal(constants[name], its_constants[name])
        assert is_same == name.startswith("standardize"), name
    recorded = json.loads(RunFolder(average).environment.read_text())
    assert recorded["averaged_steps"] == [12, 8, 4]


def test_an_average_needs_as_many_checkpoints_as_it_is_of(trained, capsys):
    out = str(trained.parent / "none")
    assert main(["average", str(trained), "--best", "2", "--out", out]) == 1
    assert "Train with --checkpoints.keep-best 2" in capsys.readouterr().err
    assert main(["average", str(trained), "--last", "1", "--out", out]) == 1
    assert "at least 2 checkpoints" in capsys.readouterr().err
    assert main(["average", str(trained), "--last", "2", "--out", str(trained)]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_an_ensemble_scores_the_mean_and_is_calibrated_on_dev(trained, average, ensemble):
    mean = (scores_of(trained) + scores_of(average)) / 2
    np.testing.assert_allclose(scores_of(ensemble), mean, atol=1e-4)
    decision = RunFolder(ensemble).read_decision()
    assert decision["calibration"]["scale"][0] > 0
    recorded = json.loads(RunFolder(ensemble).environment.read_text())
    assert recorded["ensemble_of"] == [str(trained), str(average)]


def test_a_fusion_is_a_detector_whose_score_is_the_weighted_sum(trained, average, capsys):
    folder = trained.parent / "fused"
    assert main(["fuse", str(trained), str(average), "--out", str(folder), "--json"]) == 0
    weights = json.loads(capsys.readouterr().out)["weights"]
    first, second = weights["weights"]
    expected = first * scores_of(trained) + second * scores_of(average) + weights["offset"]
    np.testing.assert_allclose(scores_of(folder), expected, atol=1e-3)
    assert RunFolder(folder).experiment().model.weights == (first, second)
    assert json.loads(RunFolder(folder).fusion.read_text())["method"] == "logistic"
    options = ["--keys", str(trained / "key.tsv"), "--out", str(trained.parent / "none")]
    assert main(["fuse", str(trained), "gone:gone", *options]) == 1
    assert "neither the folder of a run" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["ensemble", "fused"])
def test_score_evaluate_and_export_take_an_ensemble(
    tiny_corpus, trained, ensemble, tmp_path, capsys, kind
):
    ensemble = trained.parent / kind
    before = scores_of(ensemble, "dev")
    assert main(["evaluate", str(ensemble), "--data.root", str(tiny_corpus())]) == 0
    np.testing.assert_allclose(scores_of(ensemble, "dev"), before, atol=1e-5)
    exported = tmp_path / "export"
    assert main(["export", str(ensemble), "--out", str(exported)]) == 0
    capsys.readouterr()
    file = str(tiny_corpus() / "flac_E_eval" / "E_0000000000.flac")
    assert main(["score", str(exported), file, "--json"]) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[0])
    assert row["score"] == pytest.approx(scores_of(ensemble)[0], abs=1e-3)


def test_a_failed_ensemble_leaves_no_folder(trained, tmp_path):
    run, out = RunFolder(trained), tmp_path / "ensemble"
    params, constants = load_weights(trained)
    broken = {name: np.full_like(value, np.nan) for name, value in params.items()}
    experiment = run.experiment()
    manifests = training_splits(experiment.data)
    with pytest.raises(TrainingError, match="not finite"):
        write_derived_run(
            RunFolder(out), experiment, manifests, (broken, constants), {}, source=run
        )
    assert not out.exists()


def test_runs_with_other_front_ends_and_losses_are_joined_on_the_waveform(trained):
    one = RunFolder(trained).experiment()
    other = one.replace(front_end=LogMel(), loss=BinaryCrossEntropy(bonafide_weight=0.9))
    both = ensemble_of({trained: one, trained.parent / "other": other})
    assert both.front_end == Waveform()
    assert both.model == Ensemble((one.model, one.model), (one.front_end, other.front_end))
    centred = one.replace(loss=OCSoftmax())
    with pytest.raises(ConfigError, match="differ in `loss`"):
        ensemble_of({trained: one, trained.parent / "centred": centred})


def test_runs_that_hear_different_clips_are_refused(trained):
    one = RunFolder(trained).experiment()
    other = one.replace(clip=Clip(train=6_400, evaluate=9_999, short="pad"))
    with pytest.raises(ConfigError, match=r"differ in `clip`: .*evaluate=9999"):
        ensemble_of({trained: one, trained.parent / "other": other})
    frozen = one.replace(transfer=Transfer(freeze=("blocks/0",)))
    both = ensemble_of({trained: one, trained.parent / "frozen": frozen})
    assert both.model == Ensemble((one.model, one.model))
    assert both.transfer.freeze == ("members/1/blocks/0",)
    weights = nnx.split(build_network(both, nnx.Rngs(0)), nnx.Param, ...)
    assert not any(name.startswith("members/1/blocks/0") for name in flatten(weights[1]))
