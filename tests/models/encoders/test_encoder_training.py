"""Training an encoder: what is frozen, what is random, and how it is divided among devices."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from encoder_reference import jit
from flax import nnx

from spoofjax.errors import ConfigError, TrainingError
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.encoders.arithmetic import gelu, layer_norm, scale_gradient
from spoofjax.models.encoders.masking import span_masks
from spoofjax.models.layers import Dense
from spoofjax.models.output import Output
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam
from spoofjax.training.step import Inputs, initial_state, make_train_step

TINY = Wav2Vec2(
    width=16,
    full_depth=2,
    heads=2,
    inner=16,
    channels=(8, 8),
    kernels=(10, 3),
    strides=(5, 4),
    position_kernel=4,
    position_groups=2,
)


class Detector(nnx.Module):
    def __init__(self, config):
        self.encoder = config.build(nnx.Rngs(0))
        self.head = Dense(config.width, 1, nnx.Rngs(1))

    def __call__(self, waves, lengths, *, train=False, key=None):
        last = self.encoder(waves, lengths, train=train, key=key).last
        return Output(self.head(last.mean(1))[:, 0])


def batch(size=4, samples=600):
    waves = np.random.default_rng(0).normal(size=(size, samples)).astype(np.float32)
    lengths = np.linspace(samples // 2, samples, size).astype(np.int32)
    return Inputs(waves, lengths, np.arange(size, dtype=np.int32) % 2)


def trained(config, steps=2):
    """Return the states before and after some steps."""
    transform = Adam(learning_rate=1e-2).build(10)
    graph, state = initial_state(Detector(config), transform, False)
    step = jit(make_train_step(graph, transform, BinaryCrossEntropy(), None))
    before = jax.device_get(state)
    for _ in range(steps):
        state, metrics = step(state, batch(), jax.random.key(0))
    assert metrics.finite
    return before, jax.device_get(state)


def test_a_frozen_encoder_stays_bit_identical_and_has_no_optimiser_state():
    before, after = trained(TINY.replace(freeze="encoder"))
    for name, value in before.constants.items():
        np.testing.assert_array_equal(after.constants[name], value)
    assert set(before.params) == {"head/kernel", "head/bias"}
    assert (after.params["head/kernel"] != before.params["head/kernel"]).all()
    sizes = {leaf.shape for leaf in jax.tree.leaves(before.optimizer)}
    assert sizes <= {(), (16, 1), (1,)}


def test_with_frozen_features_everything_else_is_trained():
    before, after = trained(TINY.replace(freeze="features"))
    assert all(name.startswith("encoder/convolutions/") for name in before.constants)
    for name, value in before.constants.items():
        np.testing.assert_array_equal(after.constants[name], value)
    unchanged = {
        name for name in before.params if (after.params[name] == before.params[name]).all()
    }
    assert unchanged == set()


def test_random_draws_belong_to_the_utterance_and_need_a_key():
    config = TINY.replace(dropout=0.2, layer_drop=0.5, mask_time_prob=0.5, mask_feature_prob=0.5)
    network = config.build(nnx.Rngs(0))
    waves = batch().features
    keys = jax.vmap(jax.random.key)(jnp.arange(4))
    encode = jit(lambda waves, keys: network(waves, train=True, key=keys).last)
    full = encode(waves, keys)
    order = np.array([2, 0, 3, 1])
    np.testing.assert_allclose(encode(waves[order], keys[order]), full[order], atol=1e-5)
    assert np.abs(encode(waves, keys[order]) - full).max() > 1e-2
    with pytest.raises(TrainingError, match="need a key"):
        network(waves, train=True)


def test_clips_too_short_for_a_frame_are_refused():
    with pytest.raises(ConfigError, match="19 samples are too few for one frame of Wav2Vec2"):
        TINY.build(nnx.Rngs(0))(np.zeros((1, 19), np.float32))


def test_masked_spans_lie_within_the_utterance_and_have_their_share():
    keys = jax.vmap(jax.random.key)(jnp.arange(200))
    sizes = jnp.where(jnp.arange(200) < 100, 100, 60)
    masks = np.asarray(span_masks(keys, sizes, 100, share=0.2, length=10, least=1))
    assert not masks[100:, 60:].any()
    # Two spans of 10 among 100 frames overlap a little.
    assert 0.15 < masks[:100].mean() < 0.2
    edges = np.diff(np.pad(masks, ((0, 0), (1, 1))).astype(int), axis=1)
    for row in edges:
        spans = np.flatnonzero(row == -1) - np.flatnonzero(row == 1)
        assert (spans >= 10).all()
    assert masks.any(1).all()


def test_an_utterance_shorter_than_a_span_is_not_masked():
    keys = jax.vmap(jax.random.key)(jnp.arange(3))
    masks = span_masks(keys, jnp.array([5, 9, 10]), 30, share=0.5, length=10, least=2)
    assert np.asarray(masks).sum(1).tolist() == [0, 0, 10]


def test_gradients_written_by_hand_equal_those_of_plain_formulas():
    x = jax.random.normal(jax.random.key(0), (3, 5, 8))
    scale, bias = jnp.linspace(0.5, 2, 8), jnp.linspace(-1, 1, 8)

    def plain(x, scale, bias):
        y = (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return jnp.sin(jax.nn.gelu(y * scale + bias, approximate=False)).sum()

    def ours(x, scale, bias):
        return jnp.sin(gelu(layer_norm(x, scale, bias, 1e-5, "float32"))).sum()

    expected = jax.grad(plain, (0, 1, 2))(x, scale, bias)
    for a, b in zip(jax.grad(ours, (0, 1, 2))(x, scale, bias), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    scaled = jax.grad(lambda x: jnp.sin(scale_gradient(x, 0.1)).sum())(x)
    np.testing.assert_allclose(scaled, 0.1 * jnp.cos(x), rtol=1e-6)


DEVICES = """
import functools, jax, numpy as np
from jax.sharding import NamedSharding, PartitionSpec as P
from test_encoder_training import TINY, Detector, batch
from spoofjax.training import sharding
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam
from spoofjax.training.step import initial_state, make_train_step

config = TINY.replace(width=64, inner=128, dropout=0.1)
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})

def train(devices):
    mesh = sharding.make_mesh(devices)
    transform = Adam(learning_rate=1e-3).build(100)
    graph, state = initial_state(Detector(config), transform, False)
    layout = sharding.layout(state, mesh, True)
    specs = {name: s.spec for name, s in layout.params.items() if any(s.spec)}
    assert devices == 1 or "encoder/transformer/attention_kernel" in specs
    state = jax.device_put(jax.tree.map(np.asarray, state), layout)
    step = make_train_step(graph, transform, BinaryCrossEntropy(), None)
    split, everywhere = sharding.split(mesh), sharding.replicated(mesh)
    step = jit(step, in_shardings=(layout, split, everywhere), out_shardings=(layout, everywhere))
    inputs = jax.device_put(batch(8), split)
    key = jax.device_put(jax.random.key(0), everywhere)
    losses = []
    for _ in range(20):
        state, metrics = jax.block_until_ready(step(state, inputs, key))
        losses.append(float(metrics.loss))
    return losses, jax.device_get(state.params)

def without_keys(name, value):
    # A bias of all keys changes no softmax. Its gradient is nothing but rounding, which Adam makes
    # as large as any other.
    return np.delete(value, np.s_[64:128], axis=1) if name.endswith("attention_bias") else value

losses, params = train(1)
assert losses[-1] < losses[0]
for devices in (2, 4, 8):
    own, arrays = train(devices)
    np.testing.assert_allclose(own, losses, atol=1e-4)
    for name, value in params.items():
        own, value = without_keys(name, arrays[name]), without_keys(name, value)
        np.testing.assert_allclose(own, value, atol=1e-4, err_msg=name)
"""


@pytest.mark.slow
def test_sharded_parameters_on_several_devices_take_the_same_twenty_steps():
    environment = dict(os.environ)
    environment["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"
    environment["JAX_PLATFORMS"] = "cpu"
    here = os.path.dirname(__file__)
    environment["PYTHONPATH"] = os.pathsep.join([here, environment.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", DEVICES],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
