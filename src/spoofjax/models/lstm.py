"""LSTM: recurrent layers on the frames, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from spoofjax.models.classifier import Classifier, Recurrence, check_positive


@dataclass(frozen=True)
class LSTM(Classifier):
    """LSTM layers on stacks of frames, in one or both directions, pooling, dropout, dense."""

    rounds_input: ClassVar[bool] = True

    units: tuple[int, ...] = (64, 64)
    """Units of each LSTM layer, per direction."""
    bidirectional: bool = True
    stack: int = 2
    """Number of neighbouring frames concatenated into one step, which makes training faster."""
    pooling: Literal["mean", "statistics", "last"] = "mean"
    """Over time: mean; mean and deviation; or the final state of each direction."""
    recurrence: Recurrence = "auto"
    """'auto' uses the kernel for NVIDIA GPUs where it runs, 'scan' never does."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where a size is not positive."""
        check_positive(self, "units", "stack")

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.lstm import LSTMNetwork

        return LSTMNetwork
