"""spoofjax's own side of bench/train_step.py: python bench/peers/jax_models.py JOB {1,2} {keep,-}

The step is the trainer's, with padding mask, gradient norm and non-finite check. The batch is
divided between one or two host devices; `keep` sets the allocator as the trainer does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

JOB, DEVICES, ALLOCATOR = sys.argv[1:4]
os.environ["XLA_FLAGS"] = (
    f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={DEVICES}"
)
os.environ["JAX_PLATFORMS"] = "cpu"
sys.path[:0] = [
    str(Path(__file__).resolve().parent),
    str(Path(__file__).resolve().parents[2] / "src"),
]

import jax  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402
from flax import nnx  # noqa: E402
from jax_networks import configuration  # noqa: E402
from step_models import EPSILON, LEARNING_RATE, Contestant, answer, read_job  # noqa: E402

from spoofjax.cluster.allocator import keep_freed_memory  # noqa: E402
from spoofjax.models.arrays import make_predict  # noqa: E402
from spoofjax.training import sharding  # noqa: E402
from spoofjax.training.losses import BinaryCrossEntropy  # noqa: E402
from spoofjax.training.step import Inputs, initial_state, make_train_step  # noqa: E402


class Jax(Contestant):
    """A spoofjax model through the trainer's step."""

    def __init__(self, model: str, dropout: float):
        features, labels, weights = read_job(JOB)
        mesh = sharding.make_mesh()
        everywhere, split = sharding.replicated(mesh), sharding.split(mesh)
        module = configuration(model, dropout).build(features.shape[2], nnx.Rngs(0))
        transform = optax.adam(LEARNING_RATE, eps=EPSILON)
        graph, state = initial_state(module, transform, average=False)
        state = state._replace(params={name: weights[model][name] for name in state.params})
        self.state = jax.device_put(jax.tree.map(np.asarray, state), everywhere)
        lengths = np.full(len(labels), features.shape[1], np.int32)
        self.inputs = Inputs(*jax.device_put((features, lengths, labels.astype(np.int32)), split))
        self.key = jax.device_put(jax.random.key(0), everywhere)
        self._step = jax.jit(
            make_train_step(graph, transform, BinaryCrossEntropy(), None),
            in_shardings=(everywhere, split, everywhere),
            out_shardings=(everywhere, everywhere),
            donate_argnums=0,
        )
        self._predict = jax.jit(make_predict(graph), out_shardings=everywhere)

    def step(self):
        self.state, metrics = self._step(self.state, self.inputs, self.key)
        return jax.block_until_ready(metrics)

    def forward(self) -> np.ndarray:
        inputs, state = self.inputs, self.state
        scores = self._predict(state.params, state.constants, inputs.features, inputs.lengths)
        return np.asarray(scores)

    def loss(self) -> float:
        return float(self.step().loss)


if __name__ == "__main__":
    if ALLOCATOR == "keep":
        keep_freed_memory()
    answer(Jax)
