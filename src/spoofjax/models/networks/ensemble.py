"""The network of `Ensemble`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.models.network import Network
from spoofjax.models.output import Output


class EnsembleNetwork(nnx.Module):
    """See `spoofjax.models.Ensemble`. It is called as any network is."""

    def __init__(self, members: Sequence[Network]):
        self.members = nnx.List(members)

    def replace_head(self, make: Callable[[int], nnx.Module]) -> None:
        """Replace the last layers of every member, see `Network.replace_head`."""
        for member in self.members:
            member.replace_head(make)

    def set_statistics(self, mean: np.ndarray, deviation: np.ndarray) -> None:
        """Give every member the statistics of the training features, each (coefficients,)."""
        for member in self.members:
            member.set_statistics(mean, deviation)

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> Output:
        """Return the mean of the members' scores for (batch, frames, coefficients)."""
        scores = [member(x, lengths, train=train, key=key).score for member in self.members]
        return Output(jnp.stack(scores).mean(0))
