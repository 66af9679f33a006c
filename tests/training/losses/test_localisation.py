"""The loss of steps, and the networks that score them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax.config import Experiment
from spoofjax.corpora import ASVspoof5
from spoofjax.errors import ConfigError
from spoofjax.features import LogLinear, Waveform
from spoofjax.models import (
    AASIST,
    CNN,
    CNN2D,
    CNN2DLSTM,
    CNNLSTM,
    LCNN,
    LSTM,
    Conformer,
    SelfSupervised,
    SEResNet,
)
from spoofjax.models.building import build_network
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import MeanPool
from spoofjax.models.output import Output
from spoofjax.training.losses import BinaryCrossEntropy, Localisation

WITH_STEPS = {
    CNN(channels=(4, 4), hidden=4): 4,
    CNN2D(channels=(4, 4), convolutions=(1, 1)): 4,
    CNN2DLSTM(channels=(4, 4), convolutions=(1, 1), units=(4,)): 4,
    CNNLSTM(channels=(4,), units=(4,)): 2,
    LSTM(units=(4,), stack=3): 3,
    LCNN(): 16,
    Conformer(width=16, heads=2, blocks=1, stack=2): 2,
    SEResNet(channels=(4, 4, 4, 4), blocks=(1, 1, 1, 1)): 8,
}
"""Models, and how many frames each of their steps stands for."""


def network_of(model, front_end):
    experiment = Experiment(
        data=ASVspoof5(root="."), model=model, front_end=front_end, loss=Localisation()
    )
    return nnx.eval_shape(lambda: build_network(experiment, nnx.Rngs(0)))


def output_shapes(network, shape):
    lengths = jax.ShapeDtypeStruct(shape[:1], jnp.int32)
    graph, state = nnx.split(network)

    def run(state, x, lengths):
        return nnx.merge(graph, state)(x, lengths)

    return jax.eval_shape(run, state, jax.ShapeDtypeStruct(shape, jnp.float32), lengths)


def cases():
    """The models as parameters of a test; by default, one of each kind of steps runs."""
    often = (CNN, CNN2D, LSTM, Conformer)
    for model in WITH_STEPS:
        marks = () if isinstance(model, often) else pytest.mark.slow
        yield pytest.param(model, marks=marks, id=type(model).__name__)


@pytest.mark.parametrize("model", list(cases()))
def test_a_network_scores_each_step_of_its_own_stride(model):
    network = network_of(model, LogLinear(filters=40))
    assert network.step_frames == WITH_STEPS[model]
    output = output_shapes(network, (2, 100, 40))
    assert output.score.shape == (2,)
    assert output.step_logits.shape == (2, 100 // WITH_STEPS[model])
    assert output.step_lengths.shape == (2,)


def test_the_steps_of_an_encoder_are_its_frames():
    model = SelfSupervised(encoder=Wav2Vec2(width=16, heads=2, layers=2), head=MeanPool())
    network = network_of(model, Waveform())
    output = output_shapes(network, (2, 16_000, 1))
    assert network.step_frames == 320
    assert output.step_logits.shape == (2, model.encoder.frames(16_000))


def test_a_model_without_steps_is_refused():
    with pytest.raises(ConfigError, match="has no steps of time"):
        network_of(AASIST(), Waveform())
    with pytest.raises(ConfigError, match="weight=0"):
        Localisation(weight=0)


def test_the_loss_adds_the_mean_cross_entropy_of_labelled_steps():
    score = jnp.array([1.0, -2.0])
    logits = jnp.array([[1.0, -1.0, 7.0], [0.5, 3.0, -3.0]])
    output = Output(score, step_logits=logits)
    labels = jnp.array([1, 0])
    # One step more than the network gives, as where the last one is incomplete.
    steps = jnp.array([[1, 0, -1, -1], [0, 0, 1, 0]], jnp.int8)
    loss = Localisation(weight=0.5)

    def cost(label, logit):
        return np.log1p(np.exp(-logit if label else logit))

    first = (cost(1, 1.0) + cost(0, -1.0)) / 2
    second = (cost(0, 0.5) + cost(0, 3.0) + cost(1, -3.0)) / 3
    np.testing.assert_allclose(loss.of_steps(output, steps), [first / 2, second / 2], rtol=1e-6)
    np.testing.assert_array_equal(loss(output, labels), BinaryCrossEntropy()(output, labels))
    padding = jnp.full((2, 3), -1, jnp.int8)
    assert (loss.of_steps(output, padding) == 0).all()
