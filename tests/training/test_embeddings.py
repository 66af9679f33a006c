"""Heads on embeddings go through the same loop, report, calibration, evaluation and export."""

import json

import numpy as np
import pytest
from embedded_corpora import LAYERS, WIDTH, write_tables

from spoofjax.cli import main
from spoofjax.config import Clip, Evaluation, Experiment
from spoofjax.corpora import Embedded
from spoofjax.corpora.splits import training_splits
from spoofjax.features import Embeddings
from spoofjax.loading.sampling import Balanced
from spoofjax.models import MLP
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import load_weights
from spoofjax.training.loop import train
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

pytestmark = pytest.mark.usefixtures("compiled_once")


def experiment_on(folder, **changes):
    experiment = Experiment(
        data=Embedded(str(folder)),
        front_end=Embeddings(width=WIDTH, layers=LAYERS),
        model=MLP(hidden=(), layers=LAYERS),
        sampling=Balanced(by="attack"),
        loss=BinaryCrossEntropy(),
        optimizer=Adam(learning_rate=0.05, warm_up=1),
        clip=Clip(train=1, evaluate=1),
        batch=16,
        steps=60,
        evaluation=Evaluation(every=30, batch=24),
        log_every=30,
    )
    return experiment.replace(**changes)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embeddings")
    write_tables(folder / "corpus")
    experiment = experiment_on(folder / "corpus")
    train(experiment, training_splits(experiment.data), folder / "run", quiet=True)
    return folder / "run"


def test_a_head_learns_which_layer_tells_the_classes_apart(finished):
    assert RunFolder(finished).read_metrics("eval")["eer"] < 0.1
    params, constants = load_weights(finished)
    assert np.argmax(params["layer_weights"]) == 1
    assert constants["standardize/mean"].shape == (LAYERS * WIDTH,)


def test_a_run_on_embeddings_is_calibrated_evaluated_and_exported(finished, tmp_path):
    assert main(["calibrate", str(finished)]) == 0
    assert main(["evaluate", str(finished), "--split", "eval"]) == 0
    assert main(["report", str(finished)]) == 0
    assert RunFolder(finished).page.is_file()
    assert main(["export", str(finished), "--out", str(tmp_path / "export")]) == 0
    facts = json.loads((tmp_path / "export" / "export.json").read_text())
    assert facts["largest_difference"] < 1e-4


def test_a_run_on_embeddings_is_evaluated_on_another_folder_of_them(finished, tmp_path):
    write_tables(tmp_path / "other")
    table = tmp_path / "other" / "eval.tsv"
    table.write_text(table.read_text().replace("eval_", "other_"))
    assert main(["evaluate", str(finished), "--corpus", str(table.parent), "--split", "eval"]) == 0
    [place] = RunFolder(finished).elsewhere.iterdir()
    assert place.name == "embeddings.eval"


def test_embeddings_need_no_packing(tmp_path, capsys):
    write_tables(tmp_path / "corpus")
    assert main(["pack", str(tmp_path / "corpus"), "--out", str(tmp_path / "packed")]) == 1
    assert "holds embeddings, which need no packing" in capsys.readouterr().err


def test_audio_is_refused_by_a_detector_of_embeddings(finished, tiny_corpus, capsys):
    file = next((tiny_corpus() / "flac_E_eval").iterdir())
    assert main(["score", str(finished), str(file)]) == 1
    assert "scores embeddings, not audio" in capsys.readouterr().err
