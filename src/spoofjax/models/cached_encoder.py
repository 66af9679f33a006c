"""CachedEncoder: a head on hidden states that were computed before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spoofjax.config import Model
from spoofjax.errors import ConfigError
from spoofjax.models.heads.head import Head

if TYPE_CHECKING:
    from flax import nnx

    from spoofjax.models.network import Network


@dataclass(frozen=True, kw_only=True)
class CachedEncoder(Model):
    """A head of `SelfSupervised` on embeddings, in the place of the encoder.

    Use it with the front end `Embeddings`.
    """

    head: Head
    """Turns hidden states into two logits, such as `MHFA()`."""
    layers: int
    """Number of layers in the embeddings, as the front end has it."""
    holds: Literal["encoder", "layers"] = "encoder"
    """What the layers are: all of an encoder as `spoofjax embed` writes them by default, which is
    the input of the first layer, each layer, and the last one after the final norm; or outputs of
    some layers, of which the first also serves as the input and the last as the last."""
    score: Literal["difference", "bonafide"] = "difference"
    """The score, as in `SelfSupervised`."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> Network:
        """Return the network for (batch, frames, layers x width). Raises ConfigError."""
        from spoofjax.models.networks.cached_encoder import CachedEncoderNetwork

        least = 3 if self.holds == "encoder" else 1
        if self.layers < least or coefficients % self.layers:
            raise ConfigError(
                f"model.layers of CachedEncoder is {self.layers}; it must be at least {least} for "
                f"holds={self.holds!r} and divide the {coefficients} values of a frame. Set it to "
                "the front end's layers."
            )
        return CachedEncoderNetwork(self, coefficients, rngs)
