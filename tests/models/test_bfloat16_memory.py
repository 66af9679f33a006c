"""What a training step keeps and computes in bfloat16: no copies of activations in float32."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax.extend.core import jaxprs_in_params

from spoofjax.models import CNN2D
from spoofjax.models.arrays import flatten, unflatten
from spoofjax.models.layers import ConvBlock, slot_keys

SHAPE = (2, 8, 6, 4)
BATCH, FRAMES, COEFFICIENTS = 1024, 402, 60


def test_activations_are_kept_in_bfloat16():
    block = ConvBlock(4, 4, (3, 3), (2, 2), nnx.Rngs(0), convolutions=2, dtype="bfloat16")
    graph, state = nnx.split(block)
    x = jnp.asarray(np.random.default_rng(0).normal(size=SHAPE), jnp.bfloat16)

    def run(x):
        return nnx.merge(graph, state, copy=True)(x, jnp.array([8, 5]), train=True)[0]

    _, derivative = jax.eval_shape(lambda x: jax.vjp(run, x), x)
    kept = [leaf for leaf in jax.tree.leaves(derivative) if leaf.shape[0:1] == SHAPE[:1]]
    activations = [leaf.dtype for leaf in kept if jnp.issubdtype(leaf.dtype, jnp.floating)]
    assert activations
    assert set(activations) == {jnp.dtype(jnp.bfloat16)}


@pytest.fixture
def as_on_an_accelerator(monkeypatch):
    """Let models take the forms that they have on an accelerator, for programs that never run."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")


def program(dtype):
    """Return the scores of CNN2D in training as a function of its parameters, and arguments."""
    network = CNN2D(dtype=dtype).build(COEFFICIENTS, nnx.Rngs(0))
    network.set_attributes(native=False, raise_if_not_found=False)
    graph, params, constants = nnx.split(network, nnx.Param, ...)
    constants = flatten(constants)

    def scores(params, x, lengths):
        module = nnx.merge(graph, unflatten(params), unflatten(constants), copy=True)
        keys = slot_keys(jax.random.key(0), jnp.arange(BATCH))
        return module(x, lengths, train=True, key=keys).score

    x = jax.ShapeDtypeStruct((BATCH, FRAMES, COEFFICIENTS), jnp.float32)
    return scores, (flatten(params), x, jax.ShapeDtypeStruct((BATCH,), jnp.int32))


def kept_bytes(dtype):
    """Return the bytes of each type that the forward pass keeps of each position of a batch."""
    scores, (params, x, lengths) = program(dtype)
    pull = jax.eval_shape(
        lambda params, x, lengths: jax.vjp(lambda p: scores(p, x, lengths), params)[1],
        *(params, x, lengths),
    )
    sizes = {}
    for leaf in jax.tree.leaves(pull):
        if leaf.ndim > 2 and leaf.shape[0] == BATCH:
            sizes[leaf.dtype.name] = sizes.get(leaf.dtype.name, 0) + leaf.size * leaf.dtype.itemsize
    return sizes


def test_a_step_of_cnn2d_keeps_less_than_half_in_bfloat16(as_on_an_accelerator):
    single, half = kept_bytes("float32"), kept_bytes("bfloat16")
    assert 16e9 < sum(single.values()) < 18.5e9
    assert sum(half.values()) < sum(single.values()) / 2
    # What the pooling over time keeps is float32: 1/64 of the first convolution's frames and bins.
    assert half["float32"] < 0.015 * half["bfloat16"]


def convolutions_in(jaxpr):
    """Yield the convolutions of a program and of all programs in it."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == "conv_general_dilated":
            yield equation
        for inner in jaxprs_in_params(equation.params):
            yield from convolutions_in(inner)


def test_convolutions_take_and_give_bfloat16_forward_and_backward(as_on_an_accelerator):
    scores, (params, x, lengths) = program("bfloat16")
    gradient = jax.grad(lambda *arguments: scores(*arguments).sum())
    traced = jax.make_jaxpr(gradient)(params, x, lengths)
    found = list(convolutions_in(traced.jaxpr))
    # Seven convolutions: forward, by the kernel and, except for the first one, by the input.
    assert len(found) == 7 + 7 + 6
    types = {v.aval.dtype.name for one in found for v in (*one.invars, *one.outvars)}
    assert types == {"bfloat16"}
