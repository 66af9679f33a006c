"""Random variation of the recording channel: equalisation, noise and low-pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.augmentation.checks import (
    check_at_least,
    check_probabilities,
    check_ranges,
    run,
)
from spoofjax.config import Augmentation


@dataclass(frozen=True)
class ChannelVariation(Augmentation):
    """Random smooth equalisation, coloured noise and low-pass, each with its probability.

    All filters are symmetric FIRs, so nothing is delayed. Levels are not restored, so
    samples may exceed 1.
    """

    equalise: float = 0.7
    """Probability of equalisation: a smooth curve through random gains."""
    knots: int = 8
    """Random gains, evenly spaced from 0 Hz to half the rate."""
    gain_db: float = 4.0
    """Standard deviation of the gains in dB."""
    noise: float = 0.7
    """Probability of added noise."""
    snr_db: tuple[float, float] = (15.0, 45.0)
    """Range of the signal-to-noise ratio in dB over the clip, uniform."""
    slope: tuple[float, float] = (-1.0, 0.2)
    """Range of s, uniform: the noise's amplitude spectrum falls or rises as f^s."""
    low_pass: float = 0.3
    """Probability of a low-pass filter, after the noise."""
    narrow: float = 0.4
    """Share of the low-passes with a cut-off in `narrow_hz`; the others have one in `wide_hz`."""
    narrow_hz: tuple[float, float] = (3400.0, 4000.0)
    wide_hz: tuple[float, float] = (4500.0, 8000.0)

    def __post_init__(self) -> None:
        check_probabilities(self, "equalise", "noise", "low_pass", "narrow")
        check_at_least(self, 2, "knots")
        check_ranges(self, "snr_db", "slope")
        check_ranges(self, "narrow_hz", "wide_hz", least=1.0)

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip changed at random by its uint64 seed.

        `threads` is None for one per core; the result does not depend on it. Raises AudioError
        for arrays of another shape.
        """
        from spoofjax.audio._augment import channel

        return run(channel, self, waveforms, seeds, rate, threads)
