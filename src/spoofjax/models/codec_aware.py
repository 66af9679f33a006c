"""CodecAware: a network that judges speech through each codec as strictly as speech without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spoofjax.config import Clip, Model
from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class CodecAware(Model):
    """A network, and what recognises the codec of its input and corrects its score by that.

    `spoofjax equalise` makes one from a finished run. Until then it scores as its network does.
    """

    model: Model | None = None
    codecs: tuple[str, ...] = ()
    """The codecs that are told apart, and from speech without a codec."""
    channels: int = 0
    """How many are told apart: speech without a codec, and each codec at each of its bit rates.

    It is kept so that a run can be read after the bit rates of a codec have changed.
    """

    def __post_init__(self) -> None:
        if self.model is None or not self.codecs or self.channels <= len(self.codecs):
            raise ConfigError(
                "CodecAware needs model.model, model.codecs and model.channels, more channels than "
                "codecs: `spoofjax equalise RUN --out DIR` makes one from a finished run."
            )

    def build(self, coefficients: int, rngs: nnx.Rngs) -> Any:
        """Return the network with what recognises codecs."""
        from spoofjax.models.networks.codec_aware import CodecAwareNetwork

        assert self.model is not None
        network = self.model.build(coefficients, rngs)
        return CodecAwareNetwork(network, coefficients, self.channels)

    def check_clip(self, clip: Clip) -> None:
        """Raise ConfigError where the network cannot take clips that are made in this way."""
        assert self.model is not None
        self.model.check_clip(clip)
