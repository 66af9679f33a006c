"""CNN2D: convolutions over time and frequency, statistics over time, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from spoofjax.errors import ConfigError
from spoofjax.models.classifier import Classifier, check_bins, check_positive


@dataclass(frozen=True)
class Blocks2D(Classifier):
    """The blocks over time and frequency that the 2-D models share."""

    rounds_input: ClassVar[bool] = True

    channels: tuple[int, ...] = (16, 32, 48, 64)
    """Channels of each block."""
    convolutions: tuple[int, ...] = (1, 2, 2, 2)
    """Convolutions in each block; the first block runs at full resolution and costs the most."""
    kernel: int = 3
    """Frames and bins that each convolution covers."""
    pool: int = 2
    """Frames and bins that each block pools into one."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the fields contradict each other or the front end."""
        check_positive(self, "channels", "convolutions", "kernel", "pool")
        if len(self.channels) != len(self.convolutions):
            raise ConfigError(
                f"model.channels names {len(self.channels)} blocks, but model.convolutions "
                f"{len(self.convolutions)}; give one number for each block."
            )
        check_bins(self, coefficients, self.pool ** len(self.channels))


@dataclass(frozen=True)
class CNN2D(Blocks2D):
    """Blocks of [Conv2D, batch norm, ReLU] and max-pool, mean and deviation over time, dense.

    With 80 coefficients it has 115 thousand parameters.
    """

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.cnn2d import CNN2DNetwork

        return CNN2DNetwork
