"""CNN2D-LSTM: convolutions over time and frequency, recurrent layers, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spoofjax.models.classifier import Recurrence, check_positive
from spoofjax.models.cnn2d import Blocks2D


@dataclass(frozen=True)
class CNN2DLSTM(Blocks2D):
    """The blocks of CNN2D, LSTM layers over bins and channels of each step, pooling, dense."""

    units: tuple[int, ...] = (48,)
    """Units of each LSTM layer, per direction."""
    bidirectional: bool = True
    pooling: Literal["mean", "statistics", "last"] = "mean"
    """Over time: mean; mean and deviation; or the final state of each direction."""
    recurrence: Recurrence = "auto"
    """'auto' uses the kernel for NVIDIA GPUs where it runs, 'scan' never does."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the fields contradict each other or the front end."""
        check_positive(self, "units")
        super().check(coefficients)

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.cnn2d_lstm import CNN2DLSTMNetwork

        return CNN2DLSTMNetwork
