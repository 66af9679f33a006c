"""Official weights are where a training starts."""

import jax
import numpy as np
import optax
import pytest
from flax import nnx

from spoofjax.cli import main
from spoofjax.config import Transfer
from spoofjax.models import AASIST
from spoofjax.runs.weights import read_source
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.step import Inputs, initial_state, make_train_step
from spoofjax.training.transfer import load_source

CLIPS, SAMPLES, STEPS = 6, 6_000, 10


def whistles_and_noise():
    """Return short clips of noise, every second one with a whistle, and their labels."""
    draw = np.random.default_rng(0)
    labels = np.arange(CLIPS, dtype=np.int32) % 2
    whistle = 0.1 * np.sin(2 * np.pi * 3000 * np.arange(SAMPLES) / 16_000)
    clips = draw.normal(0, 0.05, (CLIPS, SAMPLES)) + whistle * (1 - labels[:, None])
    return clips.astype(np.float32)[..., None], labels


@pytest.mark.slow
def test_aasist_l_fine_tunes_from_its_official_weights_with_falling_loss(shared, tmp_path):
    file, run = shared / "fixtures/checkpoints/aasist_l.pth", tmp_path / "run"
    assert main(["import", str(file), "--as", "aasist_l", "--out", str(run)]) == 0
    network = AASIST.light().build(1, nnx.Rngs(0))
    transferred = load_source(network, Transfer(source=str(run)), read_source(run))
    assert not transferred.fresh
    assert not transferred.skipped

    adam = optax.adam(1e-3)
    graph, state = initial_state(network, adam, average=False)
    step = jax.jit(make_train_step(graph, adam, BinaryCrossEntropy(), None))
    clips, labels = whistles_and_noise()
    inputs = Inputs(clips, np.full(CLIPS, SAMPLES, np.int32), labels)
    losses = []
    for _ in range(STEPS):
        state, metrics = step(state, inputs, jax.random.key(0))
        losses.append(float(metrics.loss))
    assert np.mean(losses[-3:]) < 0.7 * np.mean(losses[:2])
