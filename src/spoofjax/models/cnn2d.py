"""CNN2D: convolutions over time and frequency, statistics over time, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Model
from spoofjax.errors import ConfigError
from spoofjax.models.checks import Precision, check_bins, check_positive, check_rate

if TYPE_CHECKING:
    from flax import nnx

    from spoofjax.models.networks.cnn2d import CNN2DNetwork


@dataclass(frozen=True)
class CNN2D(Model):
    """Blocks of [Conv2D, batch norm, ReLU] and max-pool, mean and deviation over time, dense.

    With 80 coefficients it has 115 thousand parameters.
    """

    channels: tuple[int, ...] = (16, 32, 48, 64)
    """Channels of each block."""
    convolutions: tuple[int, ...] = (1, 2, 2, 2)
    """Convolutions in each block; the first block, at full resolution, is the dearest."""
    kernel: int = 3
    """Frames and bins that a convolution sees."""
    pool: int = 2
    """Frames and bins that each block pools into one."""
    dropout: float = 0.3
    """Before the dense layer."""
    dtype: Precision = "float32"
    """Of the arithmetic; parameters and statistics are float32."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> CNN2DNetwork:
        """Return the network for (batch, frames, coefficients). Raises ConfigError."""
        from spoofjax.models.networks.cnn2d import CNN2DNetwork

        check_trunk(self, coefficients)
        return CNN2DNetwork(self, coefficients, rngs)


def check_trunk(model: Model, coefficients: int) -> None:
    """Raise ConfigError where the convolutional part of a 2-D model contradicts itself."""
    check_positive(model, "channels", "convolutions", "kernel", "pool")
    check_rate(model)
    channels, convolutions = model.channels, model.convolutions  # type: ignore[attr-defined]
    if len(channels) != len(convolutions):
        raise ConfigError(
            f"model.channels names {len(channels)} blocks, but model.convolutions "
            f"{len(convolutions)}; give one number for each block."
        )
    check_bins(model, coefficients, model.pool ** len(channels))  # type: ignore[attr-defined]
