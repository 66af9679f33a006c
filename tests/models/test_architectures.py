"""What holds for every architecture: masking, shapes, training, precision, export."""

import dataclasses
import functools
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import export

from spoofjax.errors import ConfigError
from spoofjax.models import (
    CNN,
    CNN2D,
    CNN2DLSTM,
    CNNLSTM,
    LCNN,
    LSTM,
    Conformer,
    SERes2Net,
    SEResNet,
    TokenSurprisal,
    TokenTransformer,
)

FRAMES, COEFFICIENTS, BATCH = 48, 20, 3

SMALL = {
    "cnn": CNN(channels=(6, 8), hidden=8),
    "cnn mean": CNN(channels=(6, 8), hidden=8, pooling="mean", pool=3, batch_norm=False),
    "lstm": LSTM(units=(8, 6)),
    "lstm last": LSTM(units=(8,), bidirectional=True, pooling="last", stack=1),
    "lstm one way": LSTM(units=(8,), bidirectional=False, pooling="statistics", stack=3),
    "cnn_lstm": CNNLSTM(channels=(6, 8), units=(8, 8), bidirectional=True),
    "cnn_lstm last": CNNLSTM(channels=(6,), units=(8,), pooling="last"),
    "cnn2d": CNN2D(channels=(3, 4), convolutions=(1, 2)),
    "cnn2d_lstm": CNN2DLSTM(channels=(3, 4), convolutions=(1, 1), units=(6,)),
    "lcnn": LCNN(),
    "se_resnet": SEResNet(channels=(4, 6), blocks=(1, 1), squeeze=1, hidden=6),
    "se_res2net": SERes2Net(channels=(4, 6), blocks=(1, 1), groups=2, squeeze=2, hidden=6),
    "conformer": Conformer(width=8, blocks=1, heads=2, kernel=5),
}
# Half the compilation time; these programs run but a few times.
quick_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
every_model = pytest.mark.parametrize("name", SMALL)
# Both kinds of convolution with an LSTM by default; all others are among the slow tests.
OFTEN = ("cnn_lstm", "cnn2d_lstm")
most_models = pytest.mark.parametrize(
    "name",
    [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in SMALL],
)


def features(batch=BATCH, frames=FRAMES, seed=0):
    drawn = np.random.default_rng(seed).normal(size=(batch, frames, COEFFICIENTS))
    return jnp.asarray(drawn, jnp.float32)


def trained(config, seed=0):
    """A network whose statistics and biases are not at their trivial starting values."""
    module = config.build(COEFFICIENTS, nnx.Rngs(seed))
    draw = np.random.default_rng(seed)
    module.standardize.set(draw.normal(size=COEFFICIENTS), np.exp(draw.normal(size=COEFFICIENTS)))
    for path, leaf in nnx.to_flat_state(nnx.state(module)):
        if path[-1] in ("bias", "mean") and "standardize" not in path:
            leaf[...] = jnp.asarray(0.3 * draw.normal(size=leaf.shape), jnp.float32)
    return module


@pytest.fixture(scope="module")
def scorers():
    """Compiled scoring functions of all small networks, compiled when first asked for."""
    compiled = {}

    def scorer(name):
        if name not in compiled:
            graph, state = nnx.split(trained(SMALL[name]))
            jitted = quick_jit(lambda x, lengths: nnx.merge(graph, state)(x, lengths).score)
            compiled[name] = jitted
        return compiled[name]

    return scorer


def test_importing_the_configurations_imports_no_jax():
    code = "import sys, spoofjax.models; sys.exit('jax' in sys.modules or 'flax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@every_model
def test_score_of_a_padded_utterance_is_that_of_the_utterance_alone(name, scorers):
    x = features()
    together = scorers(name)(x, jnp.array([FRAMES, 37, 37]))
    assert together.shape == (BATCH,)
    assert together.dtype == jnp.float32
    alone = scorers(name)(x[1:, :37], None)
    np.testing.assert_allclose(together[1:], alone, rtol=1e-5, atol=1e-5)


@every_model
@given(
    lengths=st.lists(st.integers(0, FRAMES), min_size=BATCH, max_size=BATCH),
    scale=st.sampled_from([0.0, 1.0, 1e6]),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=15, deadline=None)
def test_what_stands_in_padded_frames_changes_nothing(name, scorers, lengths, scale, seed):
    lengths = jnp.array(lengths)
    x = features()
    real = (jnp.arange(FRAMES) < lengths[:, None])[..., None]
    other = jnp.where(real, x, scale * features(seed=seed))
    expected = scorers(name)(jnp.where(real, x, 0), lengths)
    assert np.all(np.isfinite(expected))
    np.testing.assert_allclose(scorers(name)(other, lengths), expected, rtol=1e-5, atol=1e-5)


@most_models
def test_gradients_reach_every_parameter_and_every_real_frame_alone(name):
    graph, params, rest = nnx.split(trained(SMALL[name]), nnx.Param, ...)
    lengths = (FRAMES, 33, 16)

    @quick_jit
    def gradients(params, rest, x):
        def loss(params, x):
            module = nnx.merge(graph, params, rest, copy=True)
            output = module(x, jnp.array(lengths), train=True, key=jax.random.key(0))
            return jax.nn.softplus(output.score).sum(), nnx.split(module, nnx.Param, ...)[2]

        return jax.grad(loss, (0, 1), has_aux=True)(params, x)

    (of_params, of_frames), changed = gradients(params, rest, features())
    for path, leaf in nnx.to_flat_state(of_params):
        assert np.all(np.isfinite(leaf[...])), path
        assert np.any(leaf[...] != 0), path
    for row, length in enumerate(lengths):
        assert np.any(of_frames[row, :length])
        assert not np.any(of_frames[row, length:])
    before = dict(nnx.to_flat_state(rest))
    for path, leaf in nnx.to_flat_state(changed):
        moved = np.any(leaf[...] != before[path][...])
        assert moved == ("standardize" not in path), path


@most_models
def test_bfloat16_arithmetic_stays_close_and_keeps_float32_parameters(name, scorers):
    config = dataclasses.replace(SMALL[name], dtype="bfloat16")
    module = trained(config)
    assert {leaf.dtype for leaf in jax.tree.leaves(nnx.state(module))} == {jnp.dtype("float32")}
    x, lengths = features(), jnp.array([FRAMES, 37, 20])
    graph, state = nnx.split(module)
    half = quick_jit(lambda x, lengths: nnx.merge(graph, state)(x, lengths))(x, lengths)
    assert half.score.dtype == jnp.float32
    expected = scorers(name)(x, lengths)
    spread = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(half.score, expected, atol=0.05 * spread)
    assert np.any(half.score != expected)


@most_models
def test_exports_to_stablehlo_for_any_batch_and_platform(name, scorers):
    module = trained(SMALL[name])
    # Layers in C are this machine's own; what is to run anywhere leaves them to XLA.
    module.set_attributes(native=False, raise_if_not_found=False)
    graph, state = nnx.split(module)
    (batch,) = export.symbolic_shape("b")
    shapes = (
        jax.ShapeDtypeStruct((batch, FRAMES, COEFFICIENTS), jnp.float32),
        jax.ShapeDtypeStruct((batch,), jnp.int32),
    )
    score = jax.jit(lambda x, lengths: nnx.merge(graph, state)(x, lengths).score)
    program = export.export(score, platforms=("cpu", "cuda", "tpu"))(*shapes).serialize()
    called = export.deserialize(bytearray(program)).call
    x, lengths = features(), jnp.array([FRAMES, 37, 16])
    expected = scorers(name)(x, lengths)
    np.testing.assert_allclose(called(x[:2], lengths[:2]), expected[:2], rtol=1e-5, atol=1e-5)


@every_model
def test_the_same_seed_builds_the_same_network_and_another_seed_another(name):
    def leaves(seed):
        module = SMALL[name].build(COEFFICIENTS, nnx.Rngs(seed))
        return [np.asarray(leaf) for leaf in jax.tree.leaves(nnx.state(module, nnx.Param))]

    first, again, other = leaves(1), leaves(1), leaves(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@every_model
def test_shapes_are_known_without_drawing_weights(name):
    config = SMALL[name]
    abstract = nnx.eval_shape(lambda: config.build(COEFFICIENTS, nnx.Rngs(0)))
    real = config.build(COEFFICIENTS, nnx.Rngs(0))
    shapes = [
        [(path, leaf.shape) for path, leaf in nnx.to_flat_state(nnx.state(module))]
        for module in (abstract, real)
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(
    ("config", "coefficients", "count"),
    [
        # 60*64*3 + 64*128*3 + 128*256*3 weights, two per normalised channel, two dense layers.
        (CNN(), 60, 134_400 + 896 + 512 * 128 + 128 + 129),
        (LSTM(units=(128,), bidirectional=False, stack=1), 60, 4 * 128 * (60 + 128 + 1) + 129),
        (CNNLSTM(), 60, 36_096 + 384 + 2 * 4 * 128 * (128 + 128 + 1) + 129),
        (CNN2D(), 80, 114_289),
        (CNN2DLSTM(), 80, 113_648 + 2 * 4 * 48 * (320 + 48 + 1) + 97),
        (LCNN(), 60, 268_961),
        (SEResNet(), 80, 2_010_775),
        (SERes2Net(), 80, 973_359),
        (Conformer(), 80, 2_258_643),
        (TokenTransformer(), 80, 230_833),
        (TokenTransformer(beside_cnn=False), 80, 116_545),
        (TokenSurprisal(), 80, 145_472),
    ],
    ids=lambda value: type(value).__name__,
)
def test_parameter_counts_are_those_of_the_descriptions(config, coefficients, count):
    module = nnx.eval_shape(lambda: config.build(coefficients, nnx.Rngs(0)))
    assert sum(leaf.size for leaf in jax.tree.leaves(nnx.state(module, nnx.Param))) == count


def test_flatten_pooling_sees_where_in_time_things_are_and_masks_padding():
    config = CNN(channels=(6, 8), hidden=8, pooling="flatten", frames=FRAMES)
    module = trained(config)
    x = features()
    shifted = module(jnp.roll(x, 4, axis=1), None).score
    assert np.any(np.abs(shifted - module(x, None).score) > 1e-3)
    lengths = jnp.array([FRAMES, 20, 40])
    noise = jnp.where((jnp.arange(FRAMES) < lengths[:, None])[..., None], x, 1e3)
    clean = jnp.where((jnp.arange(FRAMES) < lengths[:, None])[..., None], x, 0)
    np.testing.assert_allclose(module(noise, lengths).score, module(clean, lengths).score)
    with pytest.raises(ConfigError, match="48 frames"):
        module(features(frames=40), None)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (CNN(dropout=1.0), "dropout"),
        (CNN(channels=()), "channels"),
        (CNN(pooling="flatten"), "frames"),
        (CNN(frames=400), "frames"),
        (LSTM(units=(8, 0)), "units"),
        (LSTM(stack=0), "stack"),
        (CNNLSTM(kernel=0), "kernel"),
        (CNN2D(channels=(4, 4), convolutions=(1,)), "one number for each block"),
        (CNN2D(channels=(2,) * 5, convolutions=(1,) * 5), "32 coefficients"),
        (CNN2DLSTM(units=()), "units"),
        (LCNN(dropout=-0.1), "dropout"),
        (SEResNet(blocks=(1,)), "one number for each stage"),
        (SERes2Net(groups=3), "multiples of model.groups"),
        (Conformer(width=20, heads=4), "multiple of 2 x model.heads"),
        (Conformer(kernel=4), "must be odd"),
    ],
)
def test_impossible_numbers_are_refused_by_name(config, message):
    with pytest.raises(ConfigError, match=message):
        config.build(COEFFICIENTS, nnx.Rngs(0))


@pytest.mark.parametrize("name", ["cnn", "lstm one way", "cnn_lstm", "cnn2d", "lcnn"])
def test_too_few_frames_are_refused_with_the_number_needed(name):
    module = SMALL[name].build(COEFFICIENTS, nnx.Rngs(0))
    with pytest.raises(ConfigError, match="has only 2"):
        module(features(frames=2), None)
