"""What a network learns from training features before step 1."""

import numpy as np
import pytest
import started_runs

from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.deployment.detector import Detector
from spoofjax.evaluation.scores import read_scores
from spoofjax.models import TokenSurprisal, TokenTransformer
from spoofjax.runs.folder import RunFolder
from spoofjax.training.assembly import assemble
from spoofjax.training.first_batches import feature_statistics, first_examples
from spoofjax.training.input import training_input
from spoofjax.training.loop import train
from spoofjax.training.losses import BonafideLikelihood

SIZE = {"quantisers": 2, "codes": 8, "width": 8, "layers": 1, "heads": 2}


@pytest.fixture(scope="module")
def experiment(tiny_corpus):
    tiny = load_config(tiny_corpus() / "tiny.py")
    return tiny.replace(model=TokenTransformer(**SIZE, beside_cnn=False))


@pytest.fixture(scope="module")
def examples(experiment):
    """The first examples of the run, and the statistics of its features."""
    batches = training_input(experiment, experiment.data.manifest("train"))
    yield first_examples(batches, 3), feature_statistics(batches)
    batches.close()


def test_examples_are_the_utterances_of_the_first_batches(experiment, examples):
    batches = training_input(experiment, experiment.data.manifest("train"))
    parts = [batches.batch(step) for step in range(3)]
    batches.close()
    for place in range(4):
        expected = np.concatenate([part[place] for part in parts])
        np.testing.assert_array_equal(examples[0][place], expected)
    assert first_examples(batches, 0) is None


def test_a_new_run_starts_with_codebooks_that_its_seed_determines(experiment, examples):
    def codebooks(experiment, *arguments):
        return np.asarray(assemble(experiment, 1, *arguments).state.constants[name])

    name, (batch, statistics) = "quantizer/codebooks", examples
    first = codebooks(experiment, statistics, True, batch)
    assert np.all(first.any((1, 2)))
    np.testing.assert_array_equal(codebooks(experiment, statistics, True, batch), first)
    other = codebooks(experiment.replace(seed=2), statistics, True, batch)
    assert np.any(other != first)
    assert not codebooks(experiment, statistics, False).any()  # a checkpoint has them


@pytest.mark.slow
@pytest.mark.usefixtures("compiled_once")
def test_a_resumed_run_keeps_its_codebooks_and_a_detector_scores_with_them(experiment, tmp_path):
    one_class = experiment.replace(
        model=TokenSurprisal(**SIZE),
        loss=BonafideLikelihood(),
        optimizer=experiment.optimizer.replace(schedule="constant"),
        steps=8,
        checkpoints=experiment.checkpoints.replace(every=4),
        evaluation=experiment.evaluation.replace(every=4),
    )
    manifests = training_splits(experiment.data)
    train(one_class, manifests, tmp_path / "whole", quiet=True)
    train(one_class.replace(steps=4), manifests, tmp_path / "parts", quiet=True)
    train(one_class, manifests, tmp_path / "parts", resume=True, quiet=True)
    assert started_runs.identical(tmp_path / "whole", tmp_path / "parts")

    detector = Detector.load(tmp_path / "whole")
    assert detector.constants["quantizer/codebooks"].any()
    scores = read_scores(RunFolder(tmp_path / "whole").scores("asvspoof5", "dev"))
    assert np.isfinite(scores.score).all()
