"""The tensors of AASIST, AASIST-L and RawGAT-ST as their authors publish them."""

from __future__ import annotations

from spoofjax.deployment.importing.entries import (
    Entry,
    column,
    convolution,
    dense,
    norm,
    same,
)

BLOCKS = 6


def aasist_entries() -> list[Entry]:
    """Return where the arrays of AASIST come from (github.com/clovaai/aasist)."""
    entries = [*norm("bank/norm", "first_bn"), same("position", "pos_S")]
    for k in range(BLOCKS):
        entries += block(f"encoder/blocks/{k}", f"encoder.{k}.0", has_shortcut=k in (0, 2))
    for ours, theirs in (("bands", "S"), ("frames", "T")):
        entries += graph_attention(ours, f"GAT_layer_{theirs}")
        entries += dense(f"pool_{ours}/score", f"pool_{theirs}.proj")
    for k in range(2):
        entries += stack(f"stacks/{k}", k + 1)
    return entries + dense("head", "out_layer")


RAWGAT_NAMES = {
    "bands/attention": ("GAT_layer1", "GAT_layer_spectral"),
    "frames/attention": ("GAT_layer2", "GAT_layer_temp"),
    "attention": ("GAT_layer3", "GAT_layer_spectro_temp"),
    "bands/projection": ("proj1", "proj_spectral"),
    "frames/projection": ("proj2", "proj_temp"),
    "projection": ("proj", "proj_spectro_temp"),
    "head": ("proj_node", "output_layer"),
}
"""Layers of RawGAT-ST, and their names in the first and in the later version of its code."""


def rawgat_st_entries(*, is_later: bool, has_first_shortcut: bool) -> list[Entry]:
    """Return where the arrays of RawGAT-ST come from (eurecom-asp/RawGAT-ST-antispoofing)."""
    entries = norm("bank/norm", "first_bn")
    for number, ours in ((1, "bands"), (2, "frames")):
        for k in range(BLOCKS):
            entries += block(
                f"{ours}/encoder/blocks/{k}",
                f"encoder{number}.{k}.0",
                has_shortcut=k == 2 or (k == 0 and has_first_shortcut),
                first="conv1" if k else "conv_1",
            )
        entries += dense(f"{ours}/pool/score", f"pool{number}.proj")
    entries += dense("pool/score", "pool3.proj")
    for ours, names in RAWGAT_NAMES.items():
        is_graph = ours.endswith("attention")
        entries += (graph_attention if is_graph else dense)(ours, names[is_later])
    return entries


def stack(ours: str, number: int) -> list[Entry]:
    """Return the entries of one of the two stacks of heterogeneous layers."""
    entries = [same(f"{ours}/master", f"master{number}")]
    for part, layer in (("first", 1), ("second", 2)):
        entries += heterogeneous(f"{ours}/{part}", f"HtrgGAT_layer_ST{number}{layer}")
    for part, letter in (("bands", "S"), ("frames", "T")):
        entries += dense(f"{ours}/pool_{part}/score", f"pool_h{letter}{number}.proj")
    return entries


def block(ours: str, theirs: str, *, has_shortcut: bool, first: str = "conv1") -> list[Entry]:
    """Return the entries of a residual block; `first` is the name of its first convolution."""
    entries = [
        *convolution(f"{ours}/first", f"{theirs}.{first}"),
        *norm(f"{ours}/norm", f"{theirs}.bn2"),
        *convolution(f"{ours}/second", f"{theirs}.conv2"),
    ]
    if has_shortcut:
        entries += convolution(f"{ours}/shortcut", f"{theirs}.conv_downsample")
    return entries


def graph_attention(ours: str, theirs: str) -> list[Entry]:
    """Return the entries of a GraphAttention."""
    return [
        *dense(f"{ours}/attention", f"{theirs}.att_proj"),
        column(f"{ours}/weight", f"{theirs}.att_weight"),
        *dense(f"{ours}/with_attention", f"{theirs}.proj_with_att"),
        *dense(f"{ours}/without_attention", f"{theirs}.proj_without_att"),
        *norm(f"{ours}/norm", f"{theirs}.bn"),
    ]


def heterogeneous(ours: str, theirs: str) -> list[Entry]:
    """Return the entries of a HeterogeneousGraphAttention."""
    layers = {
        "first": "proj_type1",
        "second": "proj_type2",
        "attention": "att_proj",
        "with_attention": "proj_with_att",
        "without_attention": "proj_without_att",
        "master_attention": "att_projM",
        "master_with_attention": "proj_with_attM",
        "master_without_attention": "proj_without_attM",
    }
    vectors = {
        "within_first": "att_weight11",
        "within_second": "att_weight22",
        "across": "att_weight12",
        "master_weight": "att_weightM",
    }
    entries = norm(f"{ours}/norm", f"{theirs}.bn")
    for a, b in layers.items():
        entries += dense(f"{ours}/{a}", f"{theirs}.{b}")
    return entries + [column(f"{ours}/{a}", f"{theirs}.{b}") for a, b in vectors.items()]
