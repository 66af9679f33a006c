"""Ensemble: several trained networks that score together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spoofjax.config import Model
from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class Ensemble(Model):
    """Networks on one front end, whose mean score is the score.

    `spoofjax ensemble` makes one from finished runs, with the weights of each.
    """

    members: tuple[Model, ...] = ()

    def build(self, coefficients: int, rngs: nnx.Rngs) -> Any:
        """Return the network of all members. Raises ConfigError where there is none."""
        from spoofjax.models.networks.ensemble import EnsembleNetwork

        if not self.members:
            raise ConfigError("An Ensemble needs at least one model in model.members.")
        return EnsembleNetwork([member.build(coefficients, rngs) for member in self.members])
