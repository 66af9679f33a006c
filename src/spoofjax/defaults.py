"""Experiments on short clips with augmentation, which the files in configs/ start from.

Importing this does not import jax.
"""

# ruff: noqa: B008  calls can share the default parts, because parts are frozen

from __future__ import annotations

from typing import Any

from spoofjax.audio.augmentation import ChannelVariation
from spoofjax.config import Augmentation, Clip, Corpus, Experiment


def experiment(
    data: Corpus,
    *,
    augment: Augmentation = ChannelVariation(),
    clip: Clip = Clip(train=24_000, evaluate=48_000, short="pad", level_dbfs=-26.0),
    average: float | None = 0.98,
    **others: Any,
) -> Experiment:
    """Return an experiment on `data` that differs from the defaults in the arguments given.

    `others` are further fields of `Experiment`, which has its own defaults for them.
    """
    return Experiment(data=data, augment=augment, clip=clip, average=average, **others)
