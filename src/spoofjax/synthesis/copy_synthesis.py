"""Copies that training makes as it goes, of a share of its bona fide draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.seeds import COPY, stream, uniforms
from spoofjax.config import Attack, Copying
from spoofjax.errors import ConfigError
from spoofjax.synthesis.attack import RATE, check
from spoofjax.synthesis.linear_prediction import LinearPrediction
from spoofjax.synthesis.phase_randomisation import PhaseRandomisation
from spoofjax.synthesis.spectral_warp import SpectralWarp


@dataclass(frozen=True)
class CopySynthesis(Copying):
    """Turns a share of the bona fide draws into spoofed copies, each by one of the attacks.

    A copy is made of the clip that was drawn, before augmentation. It is a function of the seed of
    its draw, so that a resumed run makes the same ones. The default attacks are of three kinds: a
    new excitation, new phases, another envelope.
    """

    share: float = 0.25
    """Of the bona fide draws."""
    attacks: tuple[Attack, ...] = (LinearPrediction(), PhaseRandomisation(), SpectralWarp())
    """All are equally frequent."""

    def __post_init__(self) -> None:
        check(self, "share", 0, 0.95)
        if not self.attacks:
            raise ConfigError("CopySynthesis: attacks=() is empty. Name at least one.")

    @property
    def copied_share(self) -> float:
        """The share of the bona fide draws that become copies."""
        return self.share

    def check(self, rate: int) -> None:
        """Raise ConfigError for another rate than 16 kHz."""
        if rate != RATE:
            raise ConfigError(
                f"CopySynthesis makes copies of clips at {RATE} samples per second, and the front "
                f"end has {rate}. Choose a front end of that rate, or --synthesis none."
            )

    def are_copied(self, seeds: np.ndarray) -> np.ndarray:
        """Return bool (batch,): which draws become copies if they are bona fide."""
        return uniforms(stream(seeds, COPY), 1)[:, 0] < self.share

    def copy(self, samples: np.ndarray, seed: int) -> np.ndarray:
        """Return float32 (samples,), a copy of the clip by the attack that the seed draws."""
        generator = np.random.default_rng(int(stream(seed, COPY)))
        attack = self.attacks[int(generator.integers(len(self.attacks)))]
        return attack(samples, generator)
