"""Batches of the tiny corpus."""

import pytest

from spoofjax.config_files import load_config
from spoofjax.loading.batches import Batches
from spoofjax.loading.evaluation_batches import EvaluationBatches
from spoofjax.loading.training_batches import TrainingBatches
from spoofjax.training.input import training_input


def training_batches_of(experiment, process=0, processes=1) -> TrainingBatches:
    """The batches that train on an experiment's corpus."""
    train = experiment.data.manifest("train")
    return training_input(experiment, train, process=process, processes=processes)


def evaluation_batches_of(experiment) -> EvaluationBatches:
    """The batches that evaluate dev of an experiment's corpus."""
    return EvaluationBatches(
        experiment.data.manifest("dev"),
        front_end=experiment.front_end,
        clip=experiment.clip,
        loading=experiment.loading,
    )


@pytest.fixture
def opened():
    """Batches that are closed after the test."""
    batches: list[Batches] = []
    yield batches
    for one in batches:
        one.close()


@pytest.fixture
def training(tiny_corpus, opened):
    """Makes training batches of the tiny corpus with some fields of its experiment changed."""

    def make(process=0, processes=1, root=None, **changes) -> TrainingBatches:
        experiment = load_config((root or tiny_corpus()) / "tiny.py").replace(**changes)
        opened.append(training_batches_of(experiment, process, processes))
        return opened[-1]

    return make


@pytest.fixture
def evaluation(tiny_corpus, opened):
    """Makes evaluation batches of dev of the tiny corpus, likewise."""

    def make(**changes) -> EvaluationBatches:
        experiment = load_config(tiny_corpus() / "tiny.py").replace(**changes)
        opened.append(evaluation_batches_of(experiment))
        return opened[-1]

    return make
