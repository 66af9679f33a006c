"""One step of a model gives the same numbers on one device and on four."""

import os
import subprocess
import sys

import pytest

CODE = """
import functools, jax, jax.numpy as jnp, numpy as np
from flax import nnx
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec as P
from spoofjax.models import CNN2DLSTM
from spoofjax.models.layers import slot_keys

config = CNN2DLSTM(channels=(3, 4), convolutions=(1, 1), units=(6,), dropout=0.5)
graph, params, rest = nnx.split(config.build(20, nnx.Rngs(0)), nnx.Param, ...)
x = np.random.default_rng(0).normal(size=(8, 32, 20)).astype(np.float32)
lengths = np.array([32, 32, 20, 16, 32, 8, 24, 32], np.int32)

def gradient(x, lengths):
    def loss(params):
        module = nnx.merge(graph, params, rest, copy=True)
        score = module(x, lengths, train=True, key=jax.random.key(7)).score
        return jnp.square(score - 1).mean(), (score, nnx.split(module, nnx.Param, ...)[2])
    return jax.value_and_grad(loss, has_aux=True)(params)

assert jax.device_count() == 4
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
one = jax.device_get(jit(gradient)(x, lengths))
mesh = Mesh(np.array(jax.devices()), ("batch",), axis_types=(AxisType.Auto,))
split = NamedSharding(mesh, P("batch"))
four = jit(gradient, in_shardings=(split, split), out_shardings=NamedSharding(mesh, P()))
four = jax.device_get(jax.block_until_ready(four(x, lengths)))
jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=2e-6), one, four)

# The same through pmap, where batch norm gets the axis, and dropout the keys of its slots.
module = nnx.merge(graph, params, rest, copy=True)
module.set_attributes(axis_name="batch", raise_if_not_found=False)
named = nnx.split(module, nnx.Param, ...)[0]

def score(x, lengths, keys):
    module = nnx.merge(named, params, rest, copy=True)
    return module(x, lengths, train=True, key=keys).score

keys = slot_keys(jax.random.key(7), jnp.arange(8)).reshape(4, 2)
shares = x.reshape(4, 2, 32, 20), lengths.reshape(4, 2), keys
scores = jax.pmap(score, axis_name="batch")(*shares)
np.testing.assert_allclose(np.asarray(scores).ravel(), one[0][1][0], atol=2e-6)
"""


@pytest.mark.slow
def test_dropout_batch_norm_and_gradients_do_not_depend_on_the_devices():
    environment = dict(os.environ)
    environment["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
    environment["JAX_PLATFORMS"] = "cpu"
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
