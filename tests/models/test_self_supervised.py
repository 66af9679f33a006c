"""An encoder and a head as one model: scores, references, freezing, errors, warnings."""

import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax import config_files
from spoofjax.config import Experiment
from spoofjax.config_files import checked, load_config
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import ConfigError
from spoofjax.features import LogLinear, Waveform
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNN, SelfSupervised
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import MHFA, RAT, MeanPool
from spoofjax.training import alarms
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

SAMPLES = 2_000
# Three convolutions instead of seven compile in less than half the time.
SHAPE = {
    "width": 16,
    "full_depth": 2,
    "heads": 2,
    "inner": 16,
    "channels": (8, 8, 8),
    "kernels": (10, 8, 8),
    "strides": (5, 8, 8),
    "position_kernel": 4,
    "position_groups": 2,
}
ENCODER = Wav2Vec2(**SHAPE)
# Half the compilation time; these programs run once or twice.
quick_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


def model(head=MeanPool(), **changes):  # noqa: B008  a head can be shared, because it is frozen
    return SelfSupervised(encoder=ENCODER.replace(**changes), head=head)


def experiment(model, **changes):
    options = {
        "data": ASVspoof5(root="/nowhere"),
        "front_end": Waveform(),
        "model": model,
        "sampling": Balanced(),
        "loss": BinaryCrossEntropy(),
        "optimizer": Adam(),
        "steps": 1,
    }
    return Experiment(**(options | changes))


def clips(seed=0):
    drawn = np.random.default_rng(seed).normal(size=(2, SAMPLES, 1))
    return jnp.asarray(0.1 * drawn, jnp.float32)


@pytest.fixture(scope="module")
def score():
    """Scores two clips by RAT, with references of some length: score(clips, samples)."""
    network = model(RAT(heads=2, expansion=1, hidden=(6, 4))).build(1, nnx.Rngs(0))
    network.head.block.value.bias[...] = jnp.linspace(-1, 1, 16)
    graph, state = nnx.split(network)
    lengths = jnp.full(2, SAMPLES)

    @quick_jit
    def run(x, samples):
        network = nnx.merge(graph, state)
        return network(x, lengths, reference=(clips(1), samples)), network(x, lengths)

    return run


def test_the_score_is_a_difference_of_logits(score):
    output, _ = score(clips(), jnp.array([SAMPLES, 0]))
    np.testing.assert_allclose(output.score, output.logits[:, 1] - output.logits[:, 0], rtol=1e-6)
    np.testing.assert_array_equal(output.log_odds, output.score)
    assert output.score.shape == (2,)
    assert output.embedding.shape == (2, 4)


def test_the_score_may_be_the_logit_of_bona_fide_but_losses_see_both():
    network = model().replace(score="bonafide").build(1, nnx.Rngs(0))
    output = quick_jit(lambda x: network(x, None))(clips())
    np.testing.assert_array_equal(output.score, output.logits[:, 1])
    labels = jnp.array([1, 0])
    as_difference = output._replace(score=output.logits[:, 1] - output.logits[:, 0])
    loss = BinaryCrossEntropy()
    np.testing.assert_array_equal(loss(output, labels), loss(as_difference, labels))
    np.testing.assert_allclose(
        loss(output, labels), -jax.nn.log_softmax(output.logits)[jnp.arange(2), labels], rtol=1e-5
    )


def test_a_reference_changes_the_score_unless_it_is_empty(score):
    (both, _), (without, _) = (output[:2] for output in score(clips(), jnp.array([SAMPLES, 0])))
    assert abs(both[0] - without[0]) > 1e-6
    np.testing.assert_allclose(both[1], without[1], atol=1e-6)


def test_a_frozen_encoder_has_no_parameters_to_train():
    frozen = nnx.eval_shape(lambda: model(freeze="encoder").build(1, nnx.Rngs(0)))
    names = {path[0] for path, _ in nnx.to_flat_state(nnx.state(frozen, nnx.Param))}
    assert names == {"head"}


def test_published_weights_go_to_the_encoder():
    class Recorder(Wav2Vec2):
        def load(self, module, arrays):
            loaded.append((type(module).__name__, arrays))

    loaded = []
    named = model().replace(encoder=Recorder(weights="/models/small", **SHAPE))
    network = named.build(1, nnx.Rngs(0))
    named.load_pretrained(network, lambda path: {"from": path})
    assert loaded == [("EncoderNetwork", {"from": "/models/small"})]
    model().load_pretrained(network, lambda path: pytest.fail("there is nothing to read"))


def test_a_random_encoder_is_told_in_capitals_until_weights_are_named():
    [text] = alarms.of_model(experiment(model()))
    assert text.startswith("THE ENCODER IS RANDOM")
    assert alarms.of_model(experiment(model(weights="/models/xls-r"))) == []
    assert alarms.of_model(experiment(CNN())) == []


def test_a_model_that_compares_says_when_it_gets_no_reference():
    compares = model(RAT(heads=2), weights="/models/xls-r")
    [text] = alarms.of_model(experiment(compares))
    assert "--reference speaker" in text
    assert alarms.of_model(experiment(compares, reference="speaker")) == []


def test_a_reference_needs_a_model_that_compares():
    with pytest.raises(ConfigError, match="two utterances, such as the head RAT"):
        checked(experiment(model(MHFA()), reference="speaker"))
    checked(experiment(model(RAT(heads=2)), reference="speaker"))


def test_features_instead_of_samples_are_an_error():
    with pytest.raises(ConfigError, match=r"24 coefficients a frame\. Use front_end=Waveform"):
        model().build(LogLinear(filters=24).coefficients, nnx.Rngs(0))


def test_clips_shorter_than_a_frame_are_an_error():
    with pytest.raises(ConfigError, match=r"100 samples .*longer clips"):
        model().build(1, nnx.Rngs(0))(jnp.zeros((1, 100, 1)), None)


def test_naming_weights_is_enough_to_take_their_shape(tmp_path):
    shape = {"model_type": "wav2vec2", "hidden_size": 48, "num_hidden_layers": 3}
    (tmp_path / "config.json").write_text(json.dumps(shape | {"num_attention_heads": 4}))
    experiment = load_config("xlsr_mhfa", ["--model.encoder.weights", str(tmp_path)])
    encoder = experiment.model.encoder
    assert (encoder.width, encoder.depth, encoder.norm) == (48, 3, "group")
    assert encoder.weights == str(tmp_path)
    frozen = ["--model.encoder.freeze", "features", "--model.encoder.layers", "2"]
    few = load_config("xlsr_mhfa", ["--model.encoder.weights", str(tmp_path), *frozen])
    assert (few.model.encoder.depth, few.model.encoder.freeze) == (2, "features")
    # A run's own configuration has the shape, so that it needs the folder no more.
    again = config_files.loads(config_files.dumps(experiment))
    assert again == experiment
