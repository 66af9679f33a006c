"""Ensemble: several trained networks that score together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spoofjax.config import Clip, FrontEnd, Model
from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from flax import nnx


@dataclass(frozen=True)
class Ensemble(Model):
    """Networks whose mean score is the score, or a weighted sum of their scores.

    `spoofjax ensemble` makes one from finished runs, and `spoofjax fuse` one with weights. Members
    with front ends of their own compute their features in the program, from the samples of the
    front end `Waveform()`.
    """

    members: tuple[Model, ...] = ()
    front_ends: tuple[FrontEnd, ...] = ()
    """The front end of each member; empty where all of them take the features of the experiment."""
    weights: tuple[float, ...] = ()
    """The weight of each member's score in the sum; empty for the mean of the scores."""
    offset: float = 0.0
    """Added to the sum."""
    standardize: bool = True
    """Whether members that are trained together get the statistics of the training features.

    Members with front ends of their own never do: the statistics are those of the samples.
    """

    def __post_init__(self) -> None:
        if not self.members:
            raise ConfigError(
                "An Ensemble needs at least one model in model.members: "
                "`spoofjax ensemble RUN RUN --out DIR` makes one from finished runs."
            )

    @property
    def standardizes(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether a member needs the mean and deviation of the training features."""
        needed = any(member.standardizes for member in self.members)
        return self.standardize and not self.front_ends and needed

    @property
    def examples(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Training batches that new members learn from, see `Network.learn`."""
        return max(member.examples for member in self.members)

    def resolved(self) -> Ensemble:
        """Return the ensemble of the resolved members."""
        return self.replace(members=tuple(member.resolved() for member in self.members))

    def load_pretrained(
        self, network: Any, read: Callable[[str], Mapping[str, np.ndarray]]
    ) -> None:
        """Give each new member the weights that it names."""
        for member, own in zip(self.members, network.members, strict=True):
            member.load_pretrained(own, read)

    def warnings(self) -> list[str]:
        """Return what the members warn of, each warning once."""
        texts = [text for member in self.members for text in member.warnings()]
        return list(dict.fromkeys(texts))

    def build(self, coefficients: int, rngs: nnx.Rngs) -> Any:
        """Return the network of all members.

        Raises ConfigError where front ends and members do not match.
        """
        from spoofjax.models.networks.ensemble import EnsembleNetwork

        if self.weights and len(self.weights) != len(self.members):
            raise ConfigError(
                f"model.weights of an Ensemble has {len(self.weights)} weights for "
                f"{len(self.members)} members; it needs one for each, or none."
            )
        fusion = (self.weights, self.offset)
        if not self.front_ends:
            members = [member.build(coefficients, rngs) for member in self.members]
            return EnsembleNetwork(members, (), *fusion)
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
        return EnsembleNetwork(networks, self.front_ends, *fusion)

    def check_clip(self, clip: Clip) -> None:
        """Raise ConfigError where a member cannot take clips that are made in this way."""
        for member in self.members:
            member.check_clip(clip)
