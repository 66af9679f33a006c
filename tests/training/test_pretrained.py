"""A new run starts from the weights that its model names; a run that is resumed has its own."""

from dataclasses import dataclass

import numpy as np
import pytest
from safetensors.numpy import save_file

from spoofjax.config_files import load_config
from spoofjax.models import CNN
from spoofjax.training.assembly import assemble


@dataclass(frozen=True, kw_only=True)
class Pretrained(CNN):
    """A CNN whose last layer comes from a file."""

    weights: str

    def load_pretrained(self, network, read):
        network.head.bias[...] = read(self.weights)["head.bias"]


@pytest.fixture
def experiment(tiny_corpus, tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file({"head.bias": np.full(1, 7, np.float32)}, path)
    experiment = load_config(tiny_corpus() / "tiny.py")
    return experiment.replace(model=Pretrained(channels=(4,), hidden=4, weights=str(path)))


def test_a_new_run_starts_from_the_named_weights(experiment):
    state = assemble(experiment, steps=1, is_new=True).state
    assert state.params["head/bias"] == 7


def test_a_resumed_run_needs_the_file_no_more(experiment, tmp_path):
    (tmp_path / "weights.safetensors").unlink()
    state = assemble(experiment, steps=1).state
    assert state.params["head/bias"] == 0
