"""CNN: convolutions over time, pooling, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spoofjax.config import Model
from spoofjax.errors import ConfigError
from spoofjax.models.checks import Precision, check_positive, check_rate

if TYPE_CHECKING:
    from flax import nnx

    from spoofjax.models.networks.cnn import CNNNetwork


@dataclass(frozen=True)
class CNN(Model):
    """Blocks of [Conv1D, batch norm, ReLU, max-pool], pooling over time, dense, dropout, dense.

    The coefficients of a frame are the input channels.
    """

    channels: tuple[int, ...] = (64, 128, 256)
    """Channels of each block."""
    kernel: int = 3
    """Frames that a convolution sees."""
    pool: int = 2
    """Frames that each block pools into one."""
    batch_norm: bool = True
    pooling: Literal["mean", "statistics", "flatten"] = "statistics"
    """Over time: mean; mean and deviation; or all frames side by side (needs `frames`)."""
    frames: int | None = None
    """The fixed number of input frames, for pooling "flatten" alone."""
    hidden: int = 128
    """Width of the dense layer before the last."""
    dropout: float = 0.3
    dtype: Precision = "float32"
    """Of the arithmetic; parameters and statistics are float32."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> CNNNetwork:
        """Return the network for (batch, frames, coefficients). Raises ConfigError."""
        from spoofjax.models.networks.cnn import CNNNetwork

        check_positive(self, "channels", "kernel", "pool", "hidden")
        check_rate(self)
        if (self.pooling == "flatten") != (self.frames is not None):
            raise ConfigError('CNN needs model.frames with model.pooling "flatten", and only then.')
        return CNNNetwork(self, coefficients, rngs)
