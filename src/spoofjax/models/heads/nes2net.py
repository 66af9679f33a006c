"""Nes2Net-X: nested Res2Net blocks on the last layer, without a reduction of its width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.errors import ConfigError
from spoofjax.models.heads.head import Head, check_sizes

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class Nes2NetX(Head):
    """Nes2Net-X (Liu et al., IEEE TIFS 2025) on the last layer, after the encoder's final norm.

    The channels are divided into groups. Each group but the last passes a block of its own, which
    adds the output of the block before it; a block is divided once more in the same way. With
    width 1024 the head has 512,039 parameters, 72,307 of them in each block.
    """

    groups: int = 8
    """Parts into which the width of the encoder is divided."""
    scale: int = 8
    """Parts into which the channels of a block are divided."""
    dilation: int = 1
    """Frames between the taps of the convolutions: 1 as published for ASVspoof 5, 2 for 2019 LA."""
    squeeze: int = 1
    """Factor by which squeeze and excitation reduces the channels of a block."""

    def build(self, layers: int, width: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the module. Raises ConfigError where the channels do not divide."""
        from spoofjax.models.networks.heads.nes2net import Nes2NetXNetwork

        check_sizes(self, "groups", "scale", "dilation", "squeeze")
        if min(self.groups, self.scale) < 2:
            raise ConfigError("Nes2NetX needs at least 2 groups and a scale of at least 2.")
        if width % (self.groups * self.scale) or width // self.groups % self.squeeze:
            raise ConfigError(
                f"An encoder of width {width} does not divide into {self.groups} groups of "
                f"{self.scale} parts, squeezed by {self.squeeze}. Choose other model.head.groups, "
                "model.head.scale or model.head.squeeze."
            )
        return Nes2NetXNetwork(self, width, rngs)
