"""RawBoost: convolutive, impulsive and stationary noise from the samples themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.augmentation.checks import check_at_least, check_ranges, run
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError


@dataclass(frozen=True)
class RawBoost(Augmentation):
    """RawBoost (Tak et al., ICASSP 2022) with its published parameters.

    1: linear and non-linear convolutive noise: the powers x .. x^orders, each through `bands`
    notch filters of its own. 2: impulsive signal-dependent noise. 3: stationary noise through notch
    filters. 4: 1, 2 and 3 in series; 5: 1, 2; 6: 1, 3; 7: 2, 3; 8: 1 and 2 in parallel, added.
    Filters are symmetric and do not delay. Where a peak exceeds 1, 1 and 2 scale it to 1.
    """

    algorithm: int = 4
    """1 .. 8, see above."""
    orders: int = 5
    """Highest power of the samples in the convolutive noise."""
    bands: int = 5
    """Notches in each filter."""
    centre_hz: tuple[float, float] = (20.0, 8000.0)
    """Range of a notch's centre, cut at half the rate."""
    width_hz: tuple[float, float] = (100.0, 1000.0)
    """Range of a notch's width."""
    taps: tuple[float, float] = (10.0, 100.0)
    """Range of a notch filter's taps, rounded down and then up to an odd number."""
    gain_db: tuple[float, float] = (0.0, 0.0)
    """Range of the peak gain of the filter of order 1, and of the stationary noise's."""
    higher_gain_db: tuple[float, float] = (-5.0, -20.0)
    """Range of the peak gain of the filters of the higher orders."""
    impulse_percent: float = 10.0
    """Greatest share of samples that impulses hit; the share is uniform from 0."""
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
            raise ConfigError(f"RawBoost: impulse_percent={self.impulse_percent} is not 0 .. 100.")

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples): each clip changed as its uint64 seed says.

        `threads`: None for one per core; the result is the same for any number. Raises AudioError
        for arrays of another shape.
        """
        from spoofjax.audio._augment import rawboost

        return run(rawboost, self, waveforms, seeds, rate, threads)
