"""Defaults for all parts of an experiment but its data, which the files in configs/ start from.

They suit a small corpus on a CPU. Importing this does not import jax.
"""

# ruff: noqa: B008  calls can share the default parts, because parts are frozen

from __future__ import annotations

from typing import Any

from spoofjax.audio.augmentation import ChannelVariation
from spoofjax.config import (
    Augmentation,
    Clip,
    Corpus,
    Experiment,
    FrontEnd,
    Loss,
    Model,
    Optimizer,
    Sampler,
)
from spoofjax.features import LogLinear
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNN2D
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam


def experiment(
    data: Corpus,
    *,
    front_end: FrontEnd = LogLinear(),
    model: Model = CNN2D(),
    sampling: Sampler = Balanced(by="attack"),
    loss: Loss = BinaryCrossEntropy(),
    optimizer: Optimizer = Adam(learning_rate=1e-3, warm_up=20, weight_decay=1e-4),
    augment: Augmentation = ChannelVariation(),
    clip: Clip = Clip(train=24_000, evaluate=48_000, short="pad", level_dbfs=-26.0),
    average: float | None = 0.98,
    steps: int | None = None,
    epochs: float | None = None,
    **others: Any,
) -> Experiment:
    """Return an experiment on `data` that differs from the defaults in the arguments given.

    The run has 400 steps unless `steps` or `epochs` is given. `others` are further fields of
    `Experiment`, which has its own defaults for them.
    """
    if steps is None and epochs is None:
        steps = 400
    return Experiment(
        data=data,
        front_end=front_end,
        model=model,
        sampling=sampling,
        loss=loss,
        optimizer=optimizer,
        augment=augment,
        clip=clip,
        average=average,
        steps=steps,
        epochs=epochs,
        **others,
    )
