"""SLS: sensitive layer selection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spoofjax.config import Clip
from spoofjax.errors import ConfigError
from spoofjax.models.heads.head import Head, check_sizes

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class SLS(Head):
    """Sensitive layer selection (Zhang et al., ACM Multimedia 2024).

    A gate from the mean of each layer over time weights the layers of each utterance; their sum is
    max-pooled and flattened. The first dense layer therefore fits clips of one length. With width
    1024 and 201 frames the head has 23,399,429 parameters.
    """

    pooled: ClassVar[int] = 3
    """Frames, and channels, that the max-pool combines into one."""

    frames: int = 201
    """Frames of every clip: 201 for clips of 64,600 samples, 4.04 s."""
    hidden: int = 1024
    """Units of the first dense layer."""

    def build(self, layers: int, width: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the module. Raises ConfigError where nothing remains after the max-pool."""
        from spoofjax.models.networks.heads.sls import SLSNetwork

        check_sizes(self, "hidden")
        if min(self.frames, width) < self.pooled:
            raise ConfigError(
                f"SLS pools {self.pooled} frames and channels into one, so it needs at least as "
                f"many of each, not {self.frames} frames of {width}."
            )
        return SLSNetwork(self, width, rngs)

    def check_clip(self, clip: Clip, frames: Callable[[int], int]) -> None:
        """Raise ConfigError for clips of several lengths, or of another one than the head's."""
        lengths = {*(clip.buckets or (clip.evaluate,)), *(clip.train_buckets or (clip.train,))}
        wrong = sorted(samples for samples in lengths if frames(samples) != self.frames)
        if wrong:
            raise ConfigError(
                f"SLS has one weight for each of {self.frames} frames, but clips of {wrong[0]} "
                f"samples have {frames(wrong[0])}. Set clip.train and clip.evaluate to one "
                "length without buckets, such as 64,600 samples (4.04 s, 201 frames), or give "
                "model.head.frames."
            )
