"""spoofjax's side of bench/field_models.py: python bench/peers/field_ours.py FOLDER {keep,-}

Each model takes the weights in FOLDER/MODEL.pth as `spoofjax import` does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

FOLDER, ALLOCATOR = sys.argv[1:3]
os.environ["JAX_PLATFORMS"] = "cpu"
sys.path[:0] = [
    str(Path(__file__).resolve().parent),
    str(Path(__file__).resolve().parents[2] / "src"),
]

import jax  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402
from field_job import answer, read_input  # noqa: E402
from flax import nnx  # noqa: E402
from step_models import EPSILON, LEARNING_RATE  # noqa: E402

from spoofjax.cluster.allocator import keep_freed_memory  # noqa: E402
from spoofjax.deployment.importing.architectures import ARCHITECTURES  # noqa: E402
from spoofjax.deployment.importing.entries import SumEntry  # noqa: E402
from spoofjax.deployment.importing.translation import translate  # noqa: E402
from spoofjax.models.arrays import make_predict  # noqa: E402
from spoofjax.tensors.reading import read_tensors  # noqa: E402
from spoofjax.training.losses import BinaryCrossEntropy  # noqa: E402
from spoofjax.training.step import Inputs, initial_state, make_train_step  # noqa: E402


class Ours:
    """A published detector through the trainer's step."""

    def __init__(self, model: str):
        architecture = ARCHITECTURES[model]
        path = Path(FOLDER) / f"{model}.pth"
        tensors = dict(read_tensors(path))
        config = architecture.model(tensors)
        if hasattr(config, "score"):
            config = config.replace(score="difference")
        features, labels = read_input(FOLDER, model)
        module = config.build(features.shape[-1] if features.ndim == 3 else 1, nnx.Rngs(0))
        graph, state = initial_state(module, optax.adam(LEARNING_RATE, eps=EPSILON), average=False)
        unused = [name for name in tensors if architecture.is_unused(name)]
        entries = [
            entry
            for entry in architecture.entries(tensors)
            # The peers are not told the scale of their input.
            if not (isinstance(entry, SumEntry) and entry.is_repeated)
        ]
        shapes = {**state.params, **state.constants}
        arrays = translate(path, tensors, entries, shapes, unused)
        params, constants = (
            {name: arrays.get(name, np.asarray(value)) for name, value in group.items()}
            for group in (state.params, state.constants)
        )
        state = state._replace(params=params, constants=constants)
        self.state = jax.device_put(jax.tree.map(np.asarray, state))
        if features.ndim == 2:
            features = features[..., None]
        lengths = np.full(len(labels), features.shape[1], np.int32)
        self.inputs = Inputs(features, lengths, labels.astype(np.int32))
        self.key = jax.random.key(0)
        transform = optax.adam(LEARNING_RATE, eps=EPSILON)
        step = make_train_step(graph, transform, BinaryCrossEntropy(), None)
        self._step = jax.jit(step, donate_argnums=0)
        self._predict = jax.jit(make_predict(graph))

    def step(self) -> None:
        self.state, metrics = self._step(self.state, self.inputs, self.key)
        jax.block_until_ready(metrics)

    def forward(self) -> np.ndarray:
        inputs, state = self.inputs, self.state
        scores = self._predict(state.params, state.constants, inputs.features, inputs.lengths)
        return np.asarray(scores)


if __name__ == "__main__":
    if ALLOCATOR == "keep":
        keep_freed_memory()
    answer(Ours)
