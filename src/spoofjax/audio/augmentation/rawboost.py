"""RawBoost: convolutive, impulsive and stationary noise that needs no other recordings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.augmentation.checks import check_at_least, check_ranges, run
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError


@dataclass(frozen=True)
class RawBoost(Augmentation):
    """RawBoost (Tak et al., ICASSP 2022) with its published parameters.

    Algorithm 1 is linear and non-linear convolutive noise: the powers x .. x^orders, each through
    `bands` notch filters of its own. 2 is impulsive signal-dependent noise. 3 is stationary noise
    through notch filters. 4 is 1, 2 and 3 in series; 5 is 1 and 2; 6 is 1 and 3; 7 is 2 and 3; 8 is
    the sum of 1 and 2 in parallel. Filters are symmetric, so nothing is delayed. 1 and 2 scale a
    peak above 1 to 1.
    """

    algorithm: int = 4
    """1 .. 8, as above."""
    orders: int = 5
    """Highest power of the samples in the convolutive noise."""
    bands: int = 5
    """Notches in each filter."""
    centre_hz: tuple[float, float] = (20.0, 8000.0)
    """Range of a notch's centre, limited to half the rate."""
    width_hz: tuple[float, float] = (100.0, 1000.0)
    """Range of a notch's width."""
    taps: tuple[float, float] = (10.0, 100.0)
    """Range of the number of taps of a notch filter, rounded down and then up to an odd number."""
    gain_db: tuple[float, float] = (0.0, 0.0)
    """Range of the peak gain of the filters of order 1 and of the stationary noise."""
    higher_gain_db: tuple[float, float] = (-5.0, -20.0)
    """Range of the peak gain of the filters of the higher orders."""
    impulse_percent: float = 10.0
    """Greatest share of samples with impulses; the share is uniform from 0."""
    impulse_gain: float = 2.0
    """Greatest size of an impulse relative to its sample."""
    snr_db: tuple[float, float] = (10.0, 40.0)
    """Range of the signal-to-noise ratio of the stationary noise over the clip."""

    def __post_init__(self) -> None:
        if self.algorithm not in range(1, 9):
            raise ConfigError(f"RawBoost(algorithm={self.algorithm}): give 1 to 8; 4 is usual.")
        check_at_least(self, 1, "orders", "bands")
        check_ranges(self, "gain_db", "higher_gain_db", "snr_db")
        check_ranges(self, "centre_hz", "width_hz", least=0.0)
        check_ranges(self, "taps", least=1.0, most=4096.0)
        if not 0 <= self.impulse_percent <= 100:
            raise ConfigError(
                f"RawBoost: impulse_percent={self.impulse_percent} must lie from 0 to 100."
            )

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip changed at random by its uint64 seed.

        `threads` is None for one per core; the result does not depend on it. Raises AudioError
        for arrays of another shape.
        """
        from spoofjax.audio._augment import rawboost

        return run(rawboost, self, waveforms, seeds, rate, threads)
