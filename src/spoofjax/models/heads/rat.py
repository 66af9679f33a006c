"""RAT: a reference block that compares an utterance with another one of its speaker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from spoofjax.errors import ConfigError
from spoofjax.models.heads.head import Head, check_sizes

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class RAT(Head):
    """Reference-augmented training (Interspeech 2026, arXiv 2606.10908), on all layers.

    One block, the same for every layer, adds to each frame an attention over the frames of a bona
    fide reference and a feed-forward network. The mean over layers and time passes three dense
    layers. With width 1024 the head has 13,254,402 parameters.

    `reference="speaker"` of the experiment gives the references in training. Evaluation has none:
    keys and values are then zero, so that the attention adds a learned constant, as in the paper.
    Utterances without a reference, in training too, take this form.
    """

    takes_reference: ClassVar[bool] = True

    attention: Literal["reference", "self"] = "reference"
    """What each frame attends to: the frames of the reference, or those of its own utterance."""
    heads: int = 4
    """Attention heads; the width of the encoder is divided among them."""
    expansion: int = 4
    """Units of the feed-forward network for each channel of the encoder."""
    hidden: tuple[int, int] = (512, 256)
    """Units of the dense layers before the last one."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Precision of the matrix products in the block, which costs about as much as the encoder.
    Norms, softmax, sums and parameters are always float32."""

    def build(self, layers: int, width: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the module. Raises ConfigError where the width does not divide."""
        from spoofjax.models.networks.heads.rat import RATNetwork

        check_sizes(self, "heads", "expansion")
        if width % self.heads or min(self.hidden) < 1:
            raise ConfigError(
                f"RAT divides the encoder's width of {width} among {self.heads} heads and needs "
                f"hidden layers of at least one unit, not {self.hidden}. "
                "Choose another model.head.heads or model.head.hidden."
            )
        return RATNetwork(self, width, rngs)
