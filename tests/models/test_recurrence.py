"""Both directions of an LSTM in one recurrence, as a scan and as the kernel for NVIDIA GPUs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax.models.layers import LSTMLayer, lstm, recurrence_form, recurrence_kernel
from spoofjax.models.layers.recurrence import recurrence
from spoofjax.models.layers.recurrence_form import form_of

FRAMES, BATCH, UNITS = 6, 3, 5
LENGTHS = jnp.array([6, 4, 1])


def drawn(*shape, seed=0, dtype=jnp.float32):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape) * 0.5, dtype)


def gate_inputs(directions=2, dtype=jnp.float32):
    return (
        drawn(FRAMES, BATCH, directions, 4 * UNITS, dtype=dtype),
        drawn(directions, UNITS, 4 * UNITS, seed=1, dtype=dtype),
    )


def differentiated(function, *arguments):
    """The value of a function in a random direction, and its gradients."""
    direction = drawn(FRAMES, BATCH, 2, UNITS, seed=2)

    def value(*arguments):
        y = function(*arguments)
        return (y * direction[:, :, : y.shape[2]]).sum()

    return jax.jit(jax.value_and_grad(value, (0, 1)))(*arguments)


def assert_close(actual, expected, atol):
    for a, b in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a.astype(np.float32), b.astype(np.float32), atol=atol)


@pytest.mark.slow
def test_two_directions_at_once_are_two_lstms():
    mask = (jnp.arange(FRAMES)[:, None] < LENGTHS)[..., None]
    nothing = jnp.eye(4 * UNITS), jnp.zeros(4 * UNITS)

    def separate(x, recurrent):
        directions = [
            lstm(x[:, :, d], nothing[0], recurrent[d], nothing[1], mask, d == 1, True)
            for d in (0, 1)
        ]
        return jnp.stack(directions, axis=2)

    together = differentiated(lambda *a: recurrence(*a, LENGTHS, "scan"), *gate_inputs())
    assert_close(together, differentiated(separate, *gate_inputs()), atol=1e-5)


@pytest.mark.parametrize("directions", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_the_kernel_gives_the_outputs_and_gradients_of_the_scan(directions):
    kernel, scan = (
        differentiated(lambda *a, f=form: recurrence(*a, LENGTHS, f), *gate_inputs(directions))
        for form in ("interpreted", "scan")
    )
    assert_close(kernel, scan, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("directions", [1, 2])
def test_the_kernel_computes_the_same_where_it_reads_the_weights_at_each_step(
    monkeypatch, directions
):
    def computed(form):
        results = differentiated(lambda *a: recurrence(*a, LENGTHS, form), *gate_inputs(directions))
        return jax.tree.map(np.asarray, results)

    monkeypatch.setattr(recurrence_kernel, "RESIDENT", 0)
    assert_close(computed("interpreted"), computed("scan"), atol=1e-5)


@pytest.mark.slow
def test_the_kernel_gives_the_outputs_and_gradients_of_the_scan_in_bfloat16():
    inputs = gate_inputs(dtype=jnp.bfloat16)
    kernel, scan = (
        differentiated(lambda *a, f=form: recurrence(*a, LENGTHS, f), *inputs)
        for form in ("interpreted", "scan")
    )
    assert_close(kernel, scan, atol=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "units"), recurrence_form.LARGEST.items())
def test_the_kernel_and_its_derivative_lower_for_nvidia_gpus(dtype, units):
    shapes = ((400, 64, 2, 4 * units), (2, units, 4 * units))
    arguments = [jax.ShapeDtypeStruct(shape, dtype) for shape in shapes]
    lengths = jax.ShapeDtypeStruct((64,), jnp.int32)

    def total(x, recurrent, lengths):
        return recurrence(x, recurrent, lengths, "kernel").astype(jnp.float32).sum()

    traced = jax.jit(jax.grad(total, (0, 1))).trace(*arguments, lengths)
    text = traced.lower(lowering_platforms=("cuda",)).as_text()
    assert text.count("triton") == 2  # forward and backward, without a scan beside them
    assert "while" not in text


def test_full_float32_products_are_left_to_the_scan():
    with jax.default_matmul_precision("highest"):
        program = jax.make_jaxpr(lambda x, w: recurrence(x, w, LENGTHS, "kernel"))(*gate_inputs())
    assert "scan" in str(program)
    assert "pallas_call" not in str(program)


@pytest.mark.slow
def test_a_layer_computes_the_same_in_all_its_forms():
    layer = LSTMLayer(4, UNITS, nnx.Rngs(0), bidirectional=True)
    x = drawn(BATCH, FRAMES, 4)
    expected = jax.jit(layer)(x, LENGTHS)
    layer.set_attributes(native=True, form="interpreted")
    assert_close(jax.jit(layer)(x, LENGTHS), expected, atol=1e-5)
    assert_close(jax.jit(layer)(x, None)[0], expected[0], atol=1e-5)  # it fills its frames


@pytest.mark.slow
def test_the_kernel_agrees_with_the_scan_on_the_example_that_decides():
    assert recurrence_form._difference("float32", UNITS, "interpreted") < 1e-5


def test_a_gpu_for_which_the_kernel_fails_gets_the_scan_and_one_warning(monkeypatch):
    class GPU:
        platform, device_kind = "gpu", "Old GPU"

    monkeypatch.setattr(recurrence_form.jax, "devices", lambda: [GPU()])
    with pytest.warns(UserWarning, match="16 units in float32 runs as a scan.*Old GPU"):
        assert form_of("float32", 16) == "scan"
    assert form_of("float32", 16) == "scan"  # a second warning would be an error
    recurrence_form._works.cache_clear()


def test_weights_that_do_not_fit_and_a_choice_are_the_scan():
    assert form_of("float32", 129) == form_of("bfloat16", 64, "scan") == "scan"
