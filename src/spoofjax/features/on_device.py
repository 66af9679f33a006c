"""Features at the start of a compiled program, from the samples that a batch of it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp

from spoofjax.config import FrontEnd
from spoofjax.features.framed import Framed
from spoofjax.features.in_graph import frames_of


def features_of_samples(
    front_end: FrontEnd, dft: Literal["fft", "matrix"]
) -> Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]:
    """Return the pure function (samples, lengths) -> (features, lengths of the features).

    `samples` is float32 or int16 (batch, n), the latter divided by 32768, and zero beyond
    `lengths`, int32 (batch,). The features are those of `front_end.in_graph(dft)`, the lengths
    valid frames, or samples for a front end without frames. Raises ConfigError for another `dft`.
    """
    transform = front_end.in_graph(dft)

    def features(samples: jax.Array, lengths: jax.Array) -> tuple[jax.Array, jax.Array]:
        if samples.dtype == jnp.int16:
            samples = samples.astype(jnp.float32) / 32768
        frames = frames_of(front_end, lengths) if isinstance(front_end, Framed) else lengths
        return transform(samples, lengths), frames

    return features
