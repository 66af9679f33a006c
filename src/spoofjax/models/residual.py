"""SE-ResNet and SE-Res2Net over time and frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from spoofjax.errors import ConfigError
from spoofjax.models.classifier import Classifier, check_bins, check_positive


@dataclass(frozen=True)
class SEResNet(Classifier):
    """Residual blocks with squeeze and excitation over a spectrogram, then pooling over time.

    A thin ResNet-34 (He et al., 2016; Hu et al., 2018), as speaker and spoofing detection use it:
    each block has two 3 x 3 convolutions, and a max-pool halves frames and bins between two stages.
    With 80 coefficients it has 2.0 million parameters.
    """

    rounds_input: ClassVar[bool] = True

    channels: tuple[int, ...] = (16, 32, 64, 128)
    """Channels of each stage."""
    blocks: tuple[int, ...] = (3, 4, 6, 3)
    """Residual blocks in each stage."""
    groups: int = 1
    """Groups of channels in a block; more than one make it a Res2Net block, see `SERes2Net`."""
    squeeze: int = 8
    """Factor by which the squeeze-and-excitation layers narrow the channels."""
    pooling: Literal["statistics", "attentive"] = "attentive"
    """Over time: mean and deviation, plain or weighted by a learned attention."""
    hidden: int = 128
    """Width of the embedding, and of the layer inside the attention."""

    @property
    def pooled(self) -> int:
        """Frames, and bins, that the max-pools combine into one."""
        return 2 ** (len(self.channels) - 1)

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the fields contradict each other or the front end."""
        check_positive(self, "channels", "blocks", "groups", "squeeze", "hidden")
        if len(self.channels) != len(self.blocks):
            raise ConfigError(
                f"model.channels names {len(self.channels)} stages, but model.blocks "
                f"{len(self.blocks)}; give one number for each stage."
            )
        if any(channels % self.groups for channels in self.channels):
            raise ConfigError(
                f"model.channels {self.channels} of {type(self).__name__} must be multiples of "
                f"model.groups, {self.groups}."
            )
        check_bins(self, coefficients, self.pooled)

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.residual import ResidualNetwork

        return ResidualNetwork


@dataclass(frozen=True)
class SERes2Net(SEResNet):
    """Res2Net blocks (Gao et al., 2021) with squeeze and excitation, as Li et al. (2021) use them.

    Between two 1 x 1 convolutions, the channels of a block are split into groups; each group is
    convolved together with the result of the group before it, so that a block sees several scales.
    With 80 coefficients it has 0.97 million parameters.
    """

    groups: int = 4
    """Groups of channels in a block."""
