"""The shape of an encoder whose tensors are in a file without a config.json."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from spoofjax.models.encoders.encoder import Encoder
from spoofjax.models.encoders.names import canonical
from spoofjax.models.encoders.wav2vec2 import Wav2Vec2
from spoofjax.models.encoders.wavlm import WavLM
from spoofjax.tensors.naming import shape_in

ATTENTION_HEADS = {"group": 12, "layer": 16}
"""Attention heads of every published wav2vec 2.0, which its tensors do not tell, by its norm."""
CONVOLUTION = re.compile(r"^feature_extractor\.conv_layers\.\d+\.conv\.weight$")
LAYER = re.compile(r"^encoder\.layers\.(\d+)\.")
BIAS = "encoder.layers.0.attention.rel_attn_embed.weight"
"""The tensor that WavLM has and wav2vec 2.0 has not."""


def recognised_encoder(tensors: Mapping[str, np.ndarray]) -> Encoder:
    """Return the wav2vec 2.0 or WavLM whose tensors these are, by their names and shapes.

    Names of other tensors, and both naming schemes, are as for `Encoder.load`. Sizes that cannot be
    read, because a tensor is missing or has other dimensions, are those of XLS-R 300M or WavLM
    large. The waveform is taken as it is. Raises ConfigError for sizes that no encoder has.
    """
    names = canonical(tensors)
    kind = WavLM if BIAS in names else Wav2Vec2
    large = WavLM.large() if kind is WavLM else Wav2Vec2.xls_r_300m()

    def shape(name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        own = shape_in(tensors, names[name]) if name in names else ()
        return tuple(own) if len(own) == len(default) else default

    convolutions = sorted(filter(CONVOLUTION.match, names)) or [""]
    kernels = [shape(name, (512, 512, 3)) for name in convolutions]
    has_every_kernel = len(kernels) == len(large.channels)
    (width,) = shape("encoder.layer_norm.weight", (large.width,))
    inner, _ = shape(
        "encoder.layers.0.feed_forward.intermediate_dense.weight", (large.inner, width)
    )
    direction = "encoder.pos_conv_embed.conv.weight_v"
    _, inputs, taps = shape(direction, (width, width // 16, large.position_kernel))
    has_norm_in_each = "feature_extractor.conv_layers.1.layer_norm.weight" in names
    norm = "layer" if has_norm_in_each else "group"
    heads = shape(BIAS, (large.heads, ATTENTION_HEADS[norm]))[1]
    return kind(
        width=width,
        full_depth=len({match[1] for name in names if (match := LAYER.match(name))}) or 24,
        heads=heads,
        inner=inner,
        channels=tuple(k[0] for k in kernels) if has_every_kernel else large.channels,
        kernels=tuple(k[2] for k in kernels) if has_every_kernel else large.kernels,
        norm=norm,
        convolution_bias="feature_extractor.conv_layers.0.conv.bias" in names,
        pre_norm=has_norm_in_each,
        position_kernel=taps,
        position_groups=max(width // max(inputs, 1), 1),
        normalise=False,
    )
