"""CNN: convolutions over time, pooling, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from spoofjax.errors import ConfigError
from spoofjax.models.classifier import Classifier, check_positive


@dataclass(frozen=True)
class CNN(Classifier):
    """Blocks of [Conv1D, batch norm, ReLU, max-pool], pooling over time, dense, dropout, dense.

    The coefficients of a frame are the input channels.
    """

    rounds_input: ClassVar[bool] = True

    channels: tuple[int, ...] = (64, 128, 256)
    """Channels of each block."""
    kernel: int = 3
    """Frames that each convolution covers."""
    pool: int = 2
    """Frames that each block pools into one."""
    batch_norm: bool = True
    pooling: Literal["mean", "statistics", "flatten"] = "statistics"
    """Over time: the mean; mean and deviation; or all frames concatenated (needs `frames`)."""
    frames: int | None = None
    """The number of input frames, to be given with pooling "flatten" and only then."""
    hidden: int = 128
    """Width of the dense layer before the last."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the fields contradict each other."""
        check_positive(self, "channels", "kernel", "pool", "hidden")
        if (self.pooling == "flatten") != (self.frames is not None):
            raise ConfigError('CNN needs model.frames with model.pooling "flatten", and only then.')

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.cnn import CNNNetwork

        return CNNNetwork
