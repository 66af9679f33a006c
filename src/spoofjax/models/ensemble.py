"""Ensemble: several trained networks that score together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spoofjax.config import Clip, FrontEnd, Model
from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class Ensemble(Model):
    """Networks whose mean score is the score.

    `spoofjax ensemble` makes one from finished runs, with the weights of each. Members with front
    ends of their own compute their features in the program, from the samples of the front end
    `Waveform()`.
    """

    members: tuple[Model, ...] = ()
    front_ends: tuple[FrontEnd, ...] = ()
    """The front end of each member; empty where all of them take the features of the experiment."""

    def __post_init__(self) -> None:
        if not self.members:
            raise ConfigError(
                "An Ensemble needs at least one model in model.members: "
                "`spoofjax ensemble RUN RUN --out DIR` makes one from finished runs."
            )

    def build(self, coefficients: int, rngs: nnx.Rngs) -> Any:
        """Return the network of all members.

        Raises ConfigError where front ends and members do not match.
        """
        from spoofjax.models.networks.ensemble import EnsembleNetwork

        if not self.front_ends:
            return EnsembleNetwork([member.build(coefficients, rngs) for member in self.members])
        if len(self.front_ends) != len(self.members):
            raise ConfigError(
                f"model.front_ends of an Ensemble has {len(self.front_ends)} front ends for "
                f"{len(self.members)} members; it needs one for each, or none."
            )
        if coefficients != 1:
            raise ConfigError(
                "An Ensemble with model.front_ends reads samples. Use front_end=Waveform()."
            )
        pairs = zip(self.members, self.front_ends, strict=True)
        networks = [member.build(own.coefficients, rngs) for member, own in pairs]
        return EnsembleNetwork(networks, self.front_ends)

    def check_clip(self, clip: Clip) -> None:
        """Raise ConfigError where a member cannot take clips that are made in this way."""
        for member in self.members:
            member.check_clip(clip)
