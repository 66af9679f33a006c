"""Batches of the tiny corpus."""

import pytest

from spoofjax.config_files import load_config
from spoofjax.loading.batches import Batches


@pytest.fixture
def made(tiny_corpus):
    """Makes Batches of the tiny corpus with some fields of its experiment changed."""
    opened = []

    def make(split="train", process=0, processes=1, root=None, **changes) -> Batches:
        experiment = load_config((root or tiny_corpus()) / "tiny.py").replace(**changes)
        manifest = experiment.data.manifest(split)
        opened.append(Batches(experiment, manifest, process=process, processes=processes))
        return opened[-1]

    yield make
    for batches in opened:
        batches.close()
