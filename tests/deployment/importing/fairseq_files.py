"""Small files as SSL_Anti-spoofing and Nes2Net save them: official names, few channels."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tensors"))
import torch_bytes

WIDTH, INNER, DEPTH, CHANNELS, HEADS = 64, 48, 2, 8, 16
KERNELS = (10, 3, 3, 3, 3, 2, 2)
Shapes = Iterator[tuple[str, tuple[int, ...]]]


def layer(name: str, *weight: int) -> Shapes:
    """A torch layer with a weight, and a bias as long as its first axis."""
    yield f"{name}.weight", weight
    yield f"{name}.bias", weight[:1]


def batch_norm(name: str, channels: int) -> Shapes:
    yield from layer(name, channels)
    yield f"{name}.running_mean", (channels,)
    yield f"{name}.running_var", (channels,)
    yield f"{name}.num_batches_tracked", ()


def encoder(*, is_wavlm: bool = False) -> Shapes:
    """The tensors of fairseq's XLS-R with those of pretraining, or of WavLM large."""
    yield "mask_emb", (WIDTH,)
    for k, size in enumerate(KERNELS):
        name = f"feature_extractor.conv_layers.{k}"
        shape = CHANNELS, CHANNELS if k else 1, size
        yield from [(f"{name}.0.weight", shape)] if is_wavlm else layer(f"{name}.0", *shape)
        yield from layer(f"{name}.2.1", CHANNELS)
    yield from layer("layer_norm", CHANNELS)
    yield from layer("post_extract_proj", WIDTH, CHANNELS)
    yield "encoder.pos_conv.0.bias", (WIDTH,)
    yield "encoder.pos_conv.0.weight_g", (1, 1, 128)
    yield "encoder.pos_conv.0.weight_v", (WIDTH, WIDTH // 16, 128)
    yield from layer("encoder.layer_norm", WIDTH)
    for k in range(DEPTH):
        name = f"encoder.layers.{k}"
        for part in ("k_proj", "v_proj", "q_proj", "out_proj"):
            yield from layer(f"{name}.self_attn.{part}", WIDTH, WIDTH)
        for norm in ("self_attn_layer_norm", "final_layer_norm"):
            yield from layer(f"{name}.{norm}", WIDTH)
        yield from layer(f"{name}.fc1", INNER, WIDTH)
        yield from layer(f"{name}.fc2", WIDTH, INNER)
        if is_wavlm:
            yield f"{name}.self_attn.grep_a", (1, HEADS, 1, 1)
            yield from layer(f"{name}.self_attn.grep_linear", 8, WIDTH // HEADS)
    if is_wavlm:
        yield "encoder.layers.0.self_attn.relative_attention_bias.weight", (320, HEADS)
    else:
        yield "quantizer.vars", (1, 4, 4)
        yield from layer("project_q", 4, 4)
        yield from layer("final_proj", 4, WIDTH)


def graph_attention(name: str, inputs: int, outputs: int) -> Shapes:
    for part in ("att_proj", "proj_with_att", "proj_without_att"):
        yield from layer(f"{name}.{part}", outputs, inputs)
    yield f"{name}.att_weight", (outputs, 1)
    yield from batch_norm(f"{name}.bn", outputs)


def heterogeneous(name: str, inputs: int, outputs: int) -> Shapes:
    for part in ("proj_type1", "proj_type2"):
        yield from layer(f"{name}.{part}", inputs, inputs)
    for part in ("att_proj", "att_projM", "proj_with_att", "proj_without_att"):
        yield from layer(f"{name}.{part}", outputs, inputs)
    for part in ("proj_with_attM", "proj_without_attM"):
        yield from layer(f"{name}.{part}", outputs, inputs)
    for part in ("11", "22", "12", "M"):
        yield f"{name}.att_weight{part}", (outputs, 1)
    yield from batch_norm(f"{name}.bn", outputs)


def ssl_aasist() -> Shapes:
    """The head of SSL_Anti-spoofing, in its published size."""
    yield from layer("LL", 128, WIDTH)
    yield from batch_norm("first_bn", 1)
    yield from batch_norm("first_bn1", 64)
    for k, (a, b) in enumerate(((1, 32), (32, 32), (32, 64), (64, 64), (64, 64), (64, 64))):
        name = f"encoder.{k}.0"
        if k:
            yield from batch_norm(f"{name}.bn1", a)
        yield from layer(f"{name}.conv1", b, a, 2, 3)
        yield from batch_norm(f"{name}.bn2", b)
        yield from layer(f"{name}.conv2", b, b, 2, 3)
        if a != b:
            yield from layer(f"{name}.conv_downsample", b, a, 1, 3)
    yield from layer("attention.0", 128, 64, 1, 1)
    yield from batch_norm("attention.2", 128)
    yield from layer("attention.3", 64, 128, 1, 1)
    yield "pos_S", (1, 42, 64)
    for letter in "ST":
        yield from graph_attention(f"GAT_layer_{letter}", 64, 64)
        yield from layer(f"pool_{letter}.proj", 1, 64)
    for k in "12":
        yield f"master{k}", (1, 1, 64)
        yield from heterogeneous(f"HtrgGAT_layer_ST{k}1", 64, 32)
        yield from heterogeneous(f"HtrgGAT_layer_ST{k}2", 32, 32)
        for letter in "ST":
            yield from layer(f"pool_h{letter}{k}.proj", 1, 32)
    yield from layer("out_layer", 2, 160)


def nes2net() -> Shapes:
    """The head of Nes2Net-X: 8 groups, whose blocks have 8 parts."""
    head, channels = "Nested_Res2Net_TDNN", WIDTH // 8
    part = channels // 8
    for k in range(7):
        name = f"{head}.Build_in_Res2Nets.{k}"
        for conv, norm in (("conv1", "bn1"), ("conv3", "bn3")):
            yield from layer(f"{name}.{conv}", channels, channels, 1)
            yield from batch_norm(f"{name}.{norm}", channels)
        for n in range(7):
            yield f"{name}.weighted_sum.{n}", (1, 1, 1, n + 2)
            yield from layer(f"{name}.convs.{n}", part, part, 3, 1)
            yield from batch_norm(f"{name}.bns.{n}", part)
        for n in (1, 3):
            yield from layer(f"{name}.se.se.{n}", channels, channels, 1)
        yield from batch_norm(f"{head}.bns.{k}", channels)
    yield from batch_norm(f"{head}.bn", WIDTH)
    yield from layer(f"{head}.fc", 2, WIDTH)


def random_tensors(head: Shapes, *, is_wavlm: bool = False) -> dict[str, np.ndarray]:
    """Random values for all tensors of a detector with such a head."""
    shapes = [(f"ssl_model.model.{name}", shape) for name, shape in encoder(is_wavlm=is_wavlm)]
    draw = np.random.default_rng(0)
    tensors = {}
    for name, shape in [*shapes, *head]:
        if name.endswith("num_batches_tracked"):
            tensors[name] = np.array(3)
        elif name.endswith(("running_var", "weight_g")) or (
            name.endswith("weight") and len(shape) == 1
        ):
            tensors[name] = draw.uniform(0.5, 1.5, shape).astype(np.float32)
        else:
            tensors[name] = draw.normal(0, 0.02 if len(shape) == 1 else 0.2, shape).astype(
                np.float32
            )
    return tensors


def write(path: Path, tensors: dict[str, np.ndarray]) -> Path:
    """Write tensors as torch.save does and return the path."""
    path.write_bytes(torch_bytes.archive(*torch_bytes.state_dict(tensors)))
    return path
