"""The network of an experiment, with its frozen parts."""

from __future__ import annotations

from collections.abc import Sequence

from flax import nnx

from spoofjax.config import Model
from spoofjax.models.frozen import freeze_parts
from spoofjax.models.network import Network


def build_network(
    model: Model, coefficients: int, rngs: nnx.Rngs, freeze: Sequence[str] = ()
) -> Network:
    """Return the network of a model whose parts in `freeze` are not trained.

    Training and deployment build it here, so that both sort its arrays into the same parameters
    and constants. Raises ConfigError, also for a part that the network does not have.
    """
    network = model.build(coefficients, rngs)
    freeze_parts(network, freeze)
    return network
