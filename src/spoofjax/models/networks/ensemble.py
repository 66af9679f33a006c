"""The network of `Ensemble`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.config import FrontEnd
from spoofjax.features.framed import Framed
from spoofjax.features.in_graph import frames_of
from spoofjax.models.layers import numbered_key
from spoofjax.models.network import Network
from spoofjax.models.output import Output


class EnsembleNetwork(nnx.Module):
    """See `spoofjax.models.Ensemble`. It is called as any network is."""

    def __init__(
        self,
        members: Sequence[Network],
        front_ends: Sequence[FrontEnd] = (),
        weights: Sequence[float] = (),
        offset: float = 0.0,
    ):
        """`front_ends` has one for each member; without them all members take the same features.

        So has `weights`; without them the score is the mean of the members' scores.
        """
        self.members = nnx.List(members)
        self.front_ends = tuple(front_ends)
        self.weights = tuple(weights)
        self.offset = offset

    def replace_head(self, make: Callable[[int], nnx.Module]) -> None:
        """Replace the last layers of every member, see `Network.replace_head`."""
        for member in self.members:
            member.replace_head(make)

    def add_step_head(self, rngs: nnx.Rngs) -> None:
        """Let every member score its steps, see `Network.add_step_head`; the ensemble has none."""
        for member in self.members:
            member.add_step_head(rngs)

    def set_statistics(self, mean: np.ndarray, deviation: np.ndarray) -> None:
        """Give every member the statistics of the training features, each (coefficients,)."""
        for member in self.members:
            member.set_statistics(mean, deviation)

    def learn(
        self, features: np.ndarray, lengths: np.ndarray, labels: np.ndarray, seed: int
    ) -> None:
        """Let every member learn from training features, see `Network.learn`."""
        for member in self.members:
            member.learn(features, lengths, labels, seed)

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> Output:
        """Return the mean or weighted sum of the members' scores for (batch, frames, coefficients).

        With front ends, `x` is (batch, samples, 1) and `lengths` are samples. The outputs of the
        members come with it, so that each of them can be trained by a loss of its own.
        """
        inputs = [(x, lengths)] * len(self.members)
        if self.front_ends:
            inputs = [_features(front_end, x[..., 0], lengths) for front_end in self.front_ends]
        outputs = [
            member(*features, train=train, key=numbered_key(key, number))
            for number, (member, features) in enumerate(zip(self.members, inputs, strict=True))
        ]
        scores = jnp.stack([output.score for output in outputs])
        if not self.weights:
            return Output(scores.mean(0), members=tuple(outputs))
        weights = jnp.asarray(self.weights, scores.dtype)
        score = (scores * weights[:, None]).sum(0) + self.offset
        return Output(score, members=tuple(outputs))


def _features(
    front_end: FrontEnd, samples: jax.Array, lengths: jax.Array | None
) -> tuple[jax.Array, jax.Array | None]:
    """Return the features of (batch, samples), and their valid frames."""
    # Products with matrices instead of an FFT, which not every exporter has.
    with jax.named_scope("front_end"):
        features = front_end.in_graph("matrix")(samples, lengths)
        if lengths is not None and isinstance(front_end, Framed):
            lengths = frames_of(front_end, lengths)
    return features, lengths
