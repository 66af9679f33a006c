"""How fast is an LSTM layer? The scan, both directions at once, the kernel, and torch's cuDNN."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from bench.accelerator.session import Session, section
from spoofjax.models.layers import LSTMLayer
from spoofjax.models.layers.recurrence_form import form_of


class Layer(NamedTuple):
    """A layer as one of the models has it."""

    name: str
    inputs: int
    units: int
    steps: int
    bidirectional: bool


LAYERS = (
    Layer("LSTM's first layer", 120, 64, 201, True),
    Layer("CNN-LSTM's first layer", 128, 128, 100, False),
)
SMALL = Layer("a small layer", 8, 16, 5, True)


def recurrences(session: Session) -> None:
    """Time forward and backward pass of layers at several batch sizes and precisions."""
    section("LSTM layers, forward and backward")
    for batch in (4,) if session.quick else (256, 64, 1024):
        for layer in (SMALL,) if session.quick else LAYERS:
            for dtype in ("float32", "bfloat16"):
                label = f"{layer.name}, batch {batch}, {dtype}"
                if session.has_time(label, 15):
                    one_layer(session, label, layer, batch, dtype)


def one_layer(session: Session, label: str, layer: Layer, batch: int, dtype: str) -> None:
    """Time each form of a layer on the same weights; note how far they are from the scan."""
    module = LSTMLayer(
        layer.inputs, layer.units, nnx.Rngs(0), bidirectional=layer.bidirectional, dtype=dtype
    )
    x = jax.random.normal(jax.random.key(0), (batch, layer.steps, layer.inputs))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        form = form_of(dtype, layer.units)
    for warning in caught:
        session.skip(f"kernel: {label}", str(warning.message))
    settings: dict[str, dict[str, Any]] = {
        "scan": {"native": False},
        "one recurrence": {"native": True, "form": "scan"},
    }
    if form == "kernel":
        settings["kernel"] = {"native": True, "form": "kernel"}
    outputs = {}
    for name, attributes in settings.items():
        module.set_attributes(**attributes)
        outputs[name] = timed(session, f"{name}: {label}", module, x)
    for name, output in outputs.items():
        if name != "scan":
            session.note(
                f"{name} against the scan: {label}", np.abs(output - outputs["scan"]).max()
            )
    if importlib.util.find_spec("torch") is None:
        session.skip("torch's LSTM", "torch is not installed")
        return
    session.timed(f"torch: {label}", in_torch(layer, batch, dtype, session.is_cpu))


def timed(session: Session, label: str, module: LSTMLayer, x: jax.Array) -> np.ndarray:
    """Time value and gradient of a layer; return its outputs."""
    graph, weights = nnx.split(module)

    def objective(weights: Any, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        y = nnx.merge(graph, weights)(x, None).astype(jnp.float32)
        return jnp.sum(y**2), y

    both = jax.jit(jax.value_and_grad(objective, (0, 1), has_aux=True))
    session.timed(label, lambda: both(weights, x)[1])
    return np.asarray(both(weights, x)[0][1])


def in_torch(layer: Layer, batch: int, dtype: str, is_cpu: bool) -> Callable[[], None]:
    """Return a call of forward and backward pass of torch's LSTM, which is cuDNN's on a GPU."""
    import torch  # type: ignore[import-not-found]

    torch.backends.cuda.matmul.allow_tf32 = True
    device = "cpu" if is_cpu else "cuda"
    module = torch.nn.LSTM(
        layer.inputs, layer.units, batch_first=True, bidirectional=layer.bidirectional
    )
    module = module.to(device, getattr(torch, dtype))
    x = torch.randn(
        batch, layer.steps, layer.inputs, device=device, dtype=getattr(torch, dtype)
    ).requires_grad_()

    def call() -> None:
        module.zero_grad(set_to_none=True)
        module(x)[0].float().square().sum().backward()
        if not is_cpu:
            torch.cuda.synchronize()

    return call
