"""The base of the architectures' configurations. It does not import jax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from spoofjax.config import Clip, Model
from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    from flax import nnx

    from spoofjax.models.network import Network

Precision = Literal["float32", "bfloat16"]
Recurrence = Literal["auto", "scan"]


@dataclass(frozen=True, kw_only=True)
class Classifier(Model):
    """A model that turns an utterance into one vector, and the vector into a score.

    A subclass adds its fields, checks them in `check`, and names its network class in `network`.
    Set `standardizes` to False for a model whose input is not standardized, for example one that
    reads waveforms.
    """

    standardizes: ClassVar[bool] = True
    rounds_input: ClassVar[bool] = False
    """Whether the network does nothing with its standardized input before it rounds it to `dtype`,
    so that the host may round it."""

    dropout: float = 0.3
    """Rate of the dropout before the last dense layer."""
    dtype: Precision = "float32"
    """Precision of the arithmetic; parameters and statistics are always float32."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> Network:
        """Return the network for (batch, frames, coefficients). Raises ConfigError."""
        if not 0 <= self.dropout < 1:
            raise ConfigError(
                f"model.dropout of {type(self).__name__} must be at least 0 and below 1, "
                f"not {self.dropout}."
            )
        self.check(coefficients)
        return self.network()(self, coefficients, rngs)

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the fields contradict each other or the front end."""

    @property
    def input_precision(self) -> Precision:
        """Precision to which the network rounds its standardized input before anything else."""
        return self.dtype if self.standardizes and self.rounds_input else "float32"

    def network(self) -> type[Network]:
        """Import and return the network class, so that only building a model imports jax."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class WholeClips(Classifier):
    """A classifier of samples without a notion of padding: every sample of a clip counts.

    The clips must be repeated to their length, as the published models do it.
    """

    standardizes: ClassVar[bool] = False

    def check_clip(self, clip: Clip) -> None:
        """Raise ConfigError for clips that may be padded with zeros."""
        if clip.short != "tile":
            raise ConfigError(
                f"{type(self).__name__} would hear the zeros that pad a short utterance. Set "
                "clip.short='tile', without buckets."
            )


def check_positive(model: Model, *names: str) -> None:
    """Raise ConfigError unless the named fields, or all elements of them, are at least 1."""
    for name in names:
        value = getattr(model, name)
        values = value if isinstance(value, tuple) else (value,)
        if not values or min(values) < 1:
            raise ConfigError(f"model.{name} of {type(model).__name__} must be >= 1, not {value}.")


def check_bins(model: Model, coefficients: int, pooled: int) -> None:
    """Raise ConfigError where pooling over frequency leaves no bin."""
    if coefficients < pooled:
        raise ConfigError(
            f"{type(model).__name__} pools {pooled} coefficients into one, but the front end gives "
            f"only {coefficients}. Use more coefficients or smaller pools."
        )
