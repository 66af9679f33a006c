"""Acoustic tokens: what the codebooks learn, and what the models on them can and cannot see."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax import export

from spoofjax.errors import ConfigError
from spoofjax.models import TokenSurprisal, TokenTransformer
from spoofjax.models.layers.quantizer import ResidualQuantizer
from spoofjax.models.output import Output
from spoofjax.training.losses import BonafideLikelihood

FRAMES, COEFFICIENTS = 12, 6
SIZE = {"quantisers": 2, "codes": 4, "width": 8, "layers": 1, "heads": 2, "dropout": 0.0}


def drawn_features(utterances=16, seed=0):
    """Frames around eight points, as features of speech lie around the sounds of a language."""
    draw = np.random.default_rng(seed)
    points = 3 * np.random.default_rng(9).normal(size=(8, COEFFICIENTS))
    chosen = points[draw.integers(0, 8, (utterances, FRAMES))]
    return (chosen + draw.normal(size=chosen.shape)).astype(np.float32)


@pytest.fixture(scope="module")
def quantizer():
    learned = ResidualQuantizer(3, 8, COEFFICIENTS)
    learned.learn(drawn_features(200).reshape(-1, COEFFICIENTS), seed=1)
    return learned


@pytest.fixture(scope="module")
def surprisal():
    return built(TokenSurprisal(**SIZE))


def built(config):
    network = config.build(COEFFICIENTS, nnx.Rngs(0))
    network.set_statistics(np.zeros(COEFFICIENTS), np.full(COEFFICIENTS, 3.0))
    lengths = np.full(16, FRAMES)
    network.learn(drawn_features(), lengths, np.arange(16) % 2, seed=1)
    return network


def test_each_quantiser_brings_the_reconstruction_nearer(quantizer):
    frames = drawn_features(seed=5).reshape(-1, COEFFICIENTS)  # not those it has learned from
    codes = quantizer.encode(jnp.asarray(frames))
    errors = [
        float(np.square(frames - quantizer.decode(codes[:, :count])).mean()) for count in (1, 2, 3)
    ]
    spread = float(frames.var(0).mean())
    assert errors[0] < 0.5 * spread
    assert errors[2] < errors[1] < errors[0]


def test_codes_are_those_of_the_nearest_entries(quantizer):
    frame = drawn_features(1, seed=7)[0, 0]
    left = frame.copy()
    for number, code in enumerate(np.asarray(quantizer.encode(jnp.asarray(frame)))):
        book = np.asarray(quantizer.codebooks[...])[number]
        assert code == np.square(book - left).sum(1).argmin()
        left -= book[code]


def test_codebooks_depend_on_frames_and_seed_alone(quantizer):
    frames = drawn_features(200).reshape(-1, COEFFICIENTS)
    again, other = (ResidualQuantizer(3, 8, COEFFICIENTS) for _ in range(2))
    again.learn(frames, seed=1)
    other.learn(frames, seed=2)
    np.testing.assert_array_equal(again.codebooks[...], quantizer.codebooks[...])
    assert np.any(other.codebooks[...] != quantizer.codebooks[...])


def test_fewer_frames_than_codes_are_enough():
    quantizer = ResidualQuantizer(2, 8, COEFFICIENTS)
    quantizer.learn(drawn_features(1)[0, :3], seed=1)
    assert np.isfinite(quantizer.codebooks[...]).all()


@pytest.mark.parametrize(
    "config",
    [
        TokenTransformer(**SIZE, beside_cnn=False),
        TokenSurprisal(**SIZE),
    ],
    ids=lambda config: type(config).__name__,
)
def test_padding_changes_no_score_and_every_parameter_has_a_gradient(config):
    network = built(config)
    graph, params, rest = nnx.split(network, nnx.Param, ...)
    x, lengths = jnp.asarray(drawn_features(3)), jnp.array([FRAMES, 7, 4])

    @jax.jit
    def scores_and_gradient(params, x, lengths):
        def total(params):
            score = nnx.merge(graph, params, rest)(x, lengths).score
            return (score * jnp.arange(1, 4)).sum(), score

        return jax.grad(total, has_aux=True)(params)

    gradient, scores = scores_and_gradient(params, x, lengths)
    for path, leaf in nnx.to_flat_state(gradient):
        assert np.isfinite(leaf[...]).all(), path
        assert np.any(leaf[...] != 0), path
    noise = jnp.where((jnp.arange(FRAMES) < lengths[:, None])[..., None], x, 1e3)
    np.testing.assert_allclose(scores_and_gradient(params, noise, lengths)[1], scores, atol=1e-5)


@pytest.mark.slow
def test_tokens_beside_a_cnn_export_for_any_batch_and_platform():
    config = TokenTransformer(**SIZE)
    module = config.build(16, nnx.Rngs(0))
    frames, lengths = jnp.zeros((2, 32, 16)), jnp.array([32, 20])
    expected = module(frames, lengths).score
    module.set_attributes(native=False)  # a program must run anywhere
    graph, state = nnx.split(module)
    (batch,) = export.symbolic_shape("b")
    shapes = (
        jax.ShapeDtypeStruct((batch, 32, 16), jnp.float32),
        jax.ShapeDtypeStruct((batch,), jnp.int32),
    )
    score = jax.jit(lambda x, lengths: nnx.merge(graph, state)(x, lengths).score)
    program = export.export(score, platforms=("cpu", "cuda", "tpu"))(*shapes).serialize()
    scores = export.deserialize(bytearray(program)).call(frames, lengths)
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def likelihood_of(network, codes):
    """Return the log-likelihood of given codes (batch, tokens, quantisers), for each quantiser."""

    class Given:
        def encode(self, x):
            return jnp.asarray(codes)

    graph, state = nnx.split(network)
    copy = nnx.merge(graph, state)
    del copy.quantizer
    copy.quantizer = Given()
    frames = jnp.zeros((len(codes), 2 * np.shape(codes)[1], COEFFICIENTS))
    return np.asarray(copy.embed(frames, None, train=False, key=None))


@pytest.mark.slow
def test_the_probabilities_of_all_codes_of_a_token_add_up_to_one(surprisal):
    pairs = [[[first, second]] for first in range(4) for second in range(4)]
    likelihood = likelihood_of(surprisal, pairs).sum(1)
    assert np.exp(likelihood).sum() == pytest.approx(1.0, rel=1e-5)


def test_the_probabilities_of_the_next_token_add_up_to_one_too(surprisal):
    # The likelihood of a sequence is a mean over its two tokens; the first is always the same.
    first = [[1, 2]]
    alone = likelihood_of(surprisal, [first]).sum()
    pairs = [[*first, [a, b]] for a in range(4) for b in range(4)]
    second = 2 * likelihood_of(surprisal, pairs).sum(1) - alone
    assert np.exp(second).sum() == pytest.approx(1.0, rel=1e-4)


def test_spoofs_teach_a_one_class_model_nothing():
    loss = BonafideLikelihood()(Output(jnp.array([-3.0, -5.0])), jnp.array([1, 0]))
    np.testing.assert_array_equal(loss, [3.0, 0.0])


def test_impossible_sizes_are_refused_by_name():
    with pytest.raises(ConfigError, match=r"model\.codes"):
        TokenTransformer(codes=0).build(80, nnx.Rngs(0))
    with pytest.raises(ConfigError, match=r"multiple of 2 x model\.heads"):
        TokenSurprisal(width=20, heads=4).build(80, nnx.Rngs(0))
    with pytest.raises(ConfigError, match="pools 16 coefficients into one"):
        TokenTransformer(beside_cnn=True).build(8, nnx.Rngs(0))
