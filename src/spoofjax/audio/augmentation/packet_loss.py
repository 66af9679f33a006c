"""Packets that a network loses, and what a receiver plays in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spoofjax.audio.augmentation.checks import check_batch, check_probabilities, check_ranges
from spoofjax.audio.seeds import stream, uniforms
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError

PARAMETERS, LOSSES = 16, 17
"""Tags of the streams that a seed gives."""
FADE = np.float32(0.5)
"""Factor of each further repetition of a packet."""


@dataclass(frozen=True)
class PacketLoss(Augmentation):
    """Loses packets singly and in bursts, by the two states of Gilbert's model (1960)."""

    share: tuple[float, float] = (0.01, 0.15)
    """Range of the expected share of lost packets, uniform."""
    burst: tuple[float, float] = (1.0, 3.0)
    """Range of the mean number of packets that are lost in a row, uniform."""
    packet_s: float = 0.02
    """Seconds of speech in a packet."""
    concealment: Literal["zero", "repeat"] = "repeat"
    """What is heard in the place of a lost packet: silence, or the packet before it, with half of
    the amplitude from the second repetition on, a quarter from the third, and so on."""
    probability: float = 1.0
    """Share of the clips that lose packets."""

    def __post_init__(self) -> None:
        check_ranges(self, "share", least=0.0, most=0.9)
        check_ranges(self, "burst", least=1.0)
        check_probabilities(self, "probability")
        if not 0.001 <= self.packet_s <= 1:
            raise ConfigError(f"PacketLoss: packet_s={self.packet_s} must lie from 0.001 to 1.")
        if self.concealment not in ("zero", "repeat"):
            raise ConfigError(
                f"PacketLoss(concealment={self.concealment!r}): give 'zero' or 'repeat'."
            )

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip without the packets that its seed draws."""
        waveforms, seeds = check_batch(waveforms, seeds)
        received = waveforms.copy()
        size = round(self.packet_s * rate)
        draws = uniforms(stream(seeds, PARAMETERS), 3)
        for clip, seed, draw in zip(received, seeds, draws, strict=True):
            if draw[0] < self.probability:
                losses = self._losses(-(-len(clip) // size), seed, draw[1:])
                self._conceal(clip, losses, size)
        return received

    def _losses(self, packets: int, seed: np.uint64, draw: np.ndarray) -> list[bool]:
        """Return whether each packet is lost; `draw` holds the uniforms of share and burst."""
        share = self.share[0] + (self.share[1] - self.share[0]) * draw[0]
        burst = self.burst[0] + (self.burst[1] - self.burst[0]) * draw[1]
        # A burst ends with `ends` and begins with `begins`, so that `share` of the packets is lost.
        ends = 1 / burst
        begins = ends * share / (1 - share)
        is_lost, losses = False, []
        for number, chance in enumerate(uniforms(stream(seed, LOSSES), packets).tolist()):
            threshold = share if number == 0 else (1 - ends if is_lost else begins)
            is_lost = chance < threshold
            losses.append(is_lost)
        return losses

    def _conceal(self, clip: np.ndarray, losses: list[bool], size: int) -> None:
        """Replace the lost packets of a clip (samples,) in place."""
        repetitions = 0
        for number, is_lost in enumerate(losses):
            if not is_lost:
                repetitions = 0
                continue
            packet = clip[number * size : (number + 1) * size]
            if number == 0 or self.concealment == "zero":
                packet[:] = 0
                continue
            before = clip[(number - 1) * size : number * size]
            packet[:] = before[: len(packet)] * (FADE if repetitions else np.float32(1))
            repetitions += 1
