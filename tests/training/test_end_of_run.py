"""The end of a run: what the best evaluation computed is not computed again."""

import numpy as np
import started_runs

from spoofjax.config import Evaluation
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.runs.folder import RunFolder
from spoofjax.training import evaluation
from spoofjax.training.best_checkpoint import evaluate_best
from spoofjax.training.loop import train


def test_dev_is_not_scored_again_and_has_the_scores_of_the_best_checkpoint(
    tiny_corpus, tmp_path, monkeypatch
):
    experiment = load_config(tiny_corpus() / "tiny.py")
    experiment = experiment.replace(steps=3, evaluation=Evaluation(every=1, batch=24))
    splits = training_splits(experiment.data)

    def refuse(*_):
        raise AssertionError("dev is scored again")

    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "score_split", refuse)
        train(experiment, {name: splits[name] for name in ("train", "dev")}, tmp_path, quiet=True)
    kept = started_runs.scores(tmp_path, "dev")
    evaluate_best(RunFolder(tmp_path), experiment, {"dev": splits["dev"]})
    np.testing.assert_array_equal(kept, started_runs.scores(tmp_path, "dev"))
