"""Which attacks a run learns to tell apart, beside telling spoofs from bona fide speech."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spoofjax.errors import ConfigError
from spoofjax.part import Part

if TYPE_CHECKING:
    from spoofjax.corpora.manifest import Manifest

NONE = -1
"""Stands for an utterance that has none of the traced attacks, such as bona fide speech."""


@dataclass(frozen=True)
class Tracing(Part):
    """A second head that says by which attack a spoof was made; with a weight of 0, none.

    Bona fide speech is no class of it, and neither are copies that the run makes while it trains.
    """

    weight: float = 0.0
    """Weight of the attacks' cross-entropy; the loss of the detector has the weight 1."""
    attacks: tuple[str, ...] = ()
    """Names of the attacks to tell apart; empty for all of the training split. A run records what
    it has used."""
    dropout: float = 0.3
    """Rate of the dropout before the head."""

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ConfigError(f"tracing.weight={self.weight} must not be negative.")
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"tracing.dropout={self.dropout} must be at least 0 and below 1.")
        if self.attacks and self.weight == 0:
            raise ConfigError("tracing.attacks names attacks, but tracing.weight is 0: set both.")
        if len(set(self.attacks)) < len(self.attacks):
            raise ConfigError(f"tracing.attacks names an attack twice: {', '.join(self.attacks)}.")

    def resolved(self, train: Manifest) -> Tracing:
        """Return the tracing with the attacks of a training split, itself where the weight is 0.

        Raises ConfigError unless there are two attacks or more and the split has all of them.
        """
        if self.weight == 0:
            return self
        counts = train.column("attack").tally()
        missing = [name for name in self.attacks if name not in counts]
        if missing:
            raise ConfigError(
                f"tracing.attacks names {', '.join(missing)}, of which the training split has no "
                f"utterance. It has: {', '.join(counts) or 'no attacks'}."
            )
        attacks = self.attacks or tuple(counts)
        if len(attacks) < 2:
            raise ConfigError(
                "Tracing tells attacks apart and needs two of them or more, but the training split "
                f"has: {', '.join(counts) or 'none'}. Name the attacks in the protocol, or leave "
                "tracing.weight at 0."
            )
        return self.replace(attacks=attacks)

    def classes_of(self, manifest: Manifest) -> np.ndarray:
        """Return int32 (utterances,): the place of each attack in `attacks`, or NONE."""
        column = manifest.column("attack")
        places = [self.attacks.index(n) if n in self.attacks else NONE for n in column.names]
        return np.array([*places, NONE], np.int32)[column.codes]
