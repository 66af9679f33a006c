"""The published names of an encoder's tensors: those of fairseq are brought to transformers'."""

from __future__ import annotations

import re
from collections.abc import Iterable

MARKS = re.compile(r"^(.*?)feature_extractor\.conv_layers\.0\.(?:conv|0)\.weight$")
"""The tensor that every encoder has; what precedes its name is the prefix of all others."""
HEADS = (
    "quantizer.", "project_q.", "project_hid.", "final_proj.", "label_embs_concat", "lm_head.",
    "projector.", "classifier.", "layer_weights", "target_glu.", "mask_emb", "masked_spec_embed",
    "_float_tensor",
)  # fmt: skip
"""Starts of names, without the prefix, that belong to tasks of pretraining or to masking."""
COUNTERS = "num_batches_tracked"
"""End of the name of a counter that torch keeps in batch norms."""
CONVOLUTION = r"^feature_extractor\.conv_layers\.(\d+)"
LAYER = r"^encoder\.layers\.(\d+)"
FAIRSEQ = (
    (CONVOLUTION + r"\.0\.", r"feature_extractor.conv_layers.\1.conv."),
    (CONVOLUTION + r"\.2(?:\.1)?\.", r"feature_extractor.conv_layers.\1.layer_norm."),
    (r"^layer_norm\.", "feature_projection.layer_norm."),
    (r"^post_extract_proj\.", "feature_projection.projection."),
    (r"^mask_emb$", "masked_spec_embed"),
    (r"^encoder\.pos_conv\.0\.running_", "encoder.pos_conv_embed.batch_norm.running_"),
    (r"^encoder\.pos_conv\.[01]\.", "encoder.pos_conv_embed.conv."),
    (LAYER + r"\.self_attn_layer_norm\.", r"encoder.layers.\1.layer_norm."),
    (LAYER + r"\.fc1\.", r"encoder.layers.\1.feed_forward.intermediate_dense."),
    (LAYER + r"\.fc2\.", r"encoder.layers.\1.feed_forward.output_dense."),
    (LAYER + r"\.self_attn\.grep_a$", r"encoder.layers.\1.attention.gru_rel_pos_const"),
    (LAYER + r"\.self_attn\.grep_linear\.", r"encoder.layers.\1.attention.gru_rel_pos_linear."),
    (
        LAYER + r"\.self_attn\.relative_attention_bias\.",
        r"encoder.layers.\1.attention.rel_attn_embed.",
    ),
    (LAYER + r"\.self_attn\.", r"encoder.layers.\1.attention."),
)
"""Patterns of fairseq's names, and the names in transformers; the first that matches counts."""
TO_FAIRSEQ = (
    ("feature_projection.layer_norm.", "layer_norm."),
    ("feature_projection.projection.", "post_extract_proj."),
    ("encoder.pos_conv_embed.conv.", "encoder.pos_conv.0."),
    (".feed_forward.intermediate_dense.", ".fc1."),
    (".feed_forward.output_dense.", ".fc2."),
    (".attention.gru_rel_pos_const", ".self_attn.grep_a"),
    (".attention.gru_rel_pos_linear.", ".self_attn.grep_linear."),
    (".attention.rel_attn_embed.", ".self_attn.relative_attention_bias."),
    (".attention.", ".self_attn."),
)
"""Parts of names in transformers, and those in fairseq; the first that occurs counts."""
WEIGHT_NORM = (
    ("parametrizations.weight.original0", "weight_g"),
    ("parametrizations.weight.original1", "weight_v"),
)
"""Names of the weight norm in newer files, and in older ones."""


def canonical(names: Iterable[str]) -> dict[str, str]:
    """Return {name in transformers, without prefix: name in the file} of an encoder's tensors.

    The weight norm has its older names. Tensors outside the encoder's prefix, and those of heads
    for pretraining, are left out. Without any sign of an encoder the names stay as they are.
    """
    names = list(names)
    prefix = min((match[1] for name in names if (match := MARKS.match(name))), key=len, default="")
    own = {name.removeprefix(prefix): name for name in names if name.startswith(prefix)}
    has_batch_norm = any(name.endswith("pos_conv.0.running_mean") for name in own)
    return {
        transformers_name(name, has_batch_norm): source
        for name, source in own.items()
        if not name.endswith(COUNTERS)
    }


def is_of_a_head(name: str) -> bool:
    """Whether a canonical name belongs to a task of pretraining or to masking."""
    return name.startswith(HEADS)


def transformers_name(name: str, has_batch_norm: bool) -> str:
    """Return the name in transformers of a tensor of either; `has_batch_norm` is of positions."""
    if has_batch_norm and re.match(r"^encoder\.pos_conv\.0\.(weight|bias)$", name):
        return name.replace("encoder.pos_conv.0.", "encoder.pos_conv_embed.batch_norm.")
    for pattern, replacement in FAIRSEQ:
        if re.match(pattern, name):
            name = re.sub(pattern, replacement, name)
            break
    for newer, older in WEIGHT_NORM:
        name = name.replace(newer, older)
    return name


def fairseq_name(name: str, norm: str) -> str:
    """Return the name in fairseq of a tensor of wav2vec 2.0 or WavLM in transformers.

    `norm` is "group" or "layer", the norm in the convolutions.
    """
    if name.startswith("feature_extractor."):
        of_norm = ".2.1." if norm == "layer" else ".2."
        return name.replace(".conv.", ".0.").replace(".layer_norm.", of_norm)
    if re.match(LAYER + r"\.layer_norm\.", name):
        return name.replace(".layer_norm.", ".self_attn_layer_norm.")
    for own, other in TO_FAIRSEQ:
        if own in name:
            return name.replace(own, other)
    return name
