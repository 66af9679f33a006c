"""WavLM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from spoofjax.models.encoders.encoder import BASE, BASE_FORM, LARGE, Encoder


@dataclass(frozen=True, kw_only=True)
class WavLM(Encoder):
    """WavLM (Chen et al., 2022), whose attention has a gated relative position bias.

    The default is a small random encoder in the form of WavLM large.
    """

    has_gated_bias: ClassVar[bool] = True

    convolution_bias: bool = False
    buckets: int = 320
    """Number of biases of each head: near distances have one each, far ones share them."""
    farthest: int = 800
    """Distance in frames from which all share one bias in each direction."""

    @classmethod
    def base(cls, **changes) -> Self:
        """Return the shape of WavLM base and base+: 94,381,936 parameters.

        Their inputs are not normalised.
        """
        return cls(**{**BASE, **BASE_FORM, "normalise": False, **changes})

    @classmethod
    def large(cls, **changes) -> Self:
        """Return the shape of WavLM large: 315,453,120 parameters."""
        return cls(**{**LARGE, **changes})
