"""The training step, against the step of flax's guides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
from flax import nnx

from bench.handwritten.piece import Piece
from bench.peers.flax_network import FlaxCNNLSTM, plain_step
from spoofjax.config import Corpus, Experiment
from spoofjax.features import LFCC
from spoofjax.loading.batches import Batch
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNNLSTM
from spoofjax.training.assembly import assemble
from spoofjax.training.compiled_step import compile_step
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

FRAMES, COEFFICIENTS = 400, 60
DROPOUT, LEARNING_RATE = 0.3, 1e-3


def step_pieces(batch: int) -> Iterator[Piece]:
    """Yield the step of CNN-LSTM: with flax's layers, and with our layers on both sides."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(batch, FRAMES, COEFFICIENTS)).astype(np.float32)
    labels = (np.arange(batch) % 2).astype(np.int32)
    model = CNNLSTM(batch_norm=False, pooling="last", dropout=DROPOUT)
    theirs = FlaxCNNLSTM(COEFFICIENTS, DROPOUT, nnx.Rngs(0))
    yield Piece(
        f"training step of CNN-LSTM, batch {batch}",
        our_step(model, features, labels),
        {"flax layers and optax": plain(theirs, lambda net, x: net(x), features, labels)},
        clock="wall",
    )
    key = jax.random.key(0)
    keys = jax.random.split(key, batch)
    module = model.build(COEFFICIENTS, nnx.Rngs(0))
    lengths = np.full(batch, FRAMES, np.int32)
    yield Piece(
        "the same with our layers on both sides",
        our_step(model, features, labels),
        {
            "flax and optax step": plain(
                module,
                lambda net, x: net(x, lengths, train=True, key=keys).score,
                features,
                labels,
            )
        },
        clock="wall",
    )


def our_step(model: CNNLSTM, features: np.ndarray, labels: np.ndarray) -> Callable[[], Any]:
    """Return the trainer's step, with its gradient norm and its check for non-finite values."""
    experiment = Experiment(
        data=Corpus(), front_end=LFCC(), model=model, sampling=Balanced(),
        loss=BinaryCrossEntropy(), batch=len(labels), steps=1,
        optimizer=Adam(learning_rate=LEARNING_RATE, schedule="constant", warm_up=0,
                       weight_decay=0.0),
    )  # fmt: skip
    assembly = assemble(experiment, 1)
    lengths = np.full(len(labels), FRAMES, np.int32)
    inputs = assembly.put(Batch(features, lengths, labels, np.arange(len(labels))))
    compiled = compile_step(assembly, inputs)
    state = assembly.state

    def call() -> None:
        nonlocal state
        state, metrics = compiled.step(state, inputs, assembly.key)
        jax.block_until_ready(metrics)

    return call


def plain(
    module: Any,
    score: Callable[[Any, jax.Array], jax.Array],
    features: np.ndarray,
    labels: np.ndarray,
) -> Callable[[], Any]:
    """Return the step of flax's guides on the same batch."""
    step = plain_step(module, score, LEARNING_RATE)
    placed = jax.device_put((features, labels.astype(np.float32)))
    return lambda: jax.block_until_ready(step(*placed))
