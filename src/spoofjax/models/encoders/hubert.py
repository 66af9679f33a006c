"""HuBERT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from spoofjax.models.encoders.encoder import BASE, BASE_FORM, LARGE, Encoder


@dataclass(frozen=True, kw_only=True)
class HuBERT(Encoder):
    """HuBERT (Hsu et al., 2021), mHuBERT-147 and their like.

    The default is a small random encoder in the form of HuBERT large.
    """

    projection_norm: bool = True
    """Whether a layer norm precedes the projection (`feat_proj_layer_norm`)."""
    position_batch_norm: bool = False
    """Whether the convolution for positions has a batch norm in front instead of a weight norm
    (`conv_pos_batch_norm`)."""

    @classmethod
    def base(cls, **changes) -> Self:
        """Return the shape of HuBERT base and mHuBERT-147: 94,371,712 parameters.

        Some files of mHuBERT-147 need `position_batch_norm=True`; `from_folder` sets it.
        """
        return cls(**{**BASE, **BASE_FORM, **changes})

    @classmethod
    def large(cls, **changes) -> Self:
        """Return the shape of HuBERT large: 315,438,720 parameters."""
        return cls(**{**LARGE, **changes})
