"""The tensors of the head Nes2Net-X as its authors publish them."""

from __future__ import annotations

from spoofjax.deployment.importing.entries import (
    Entry,
    SumEntry,
    convolution,
    dense,
    norm,
    pointwise,
)

NAME = "Nested_Res2Net_TDNN"
"""Name of the head in the published network."""
GROUPS, SCALE = 8, 8
"""Parts of the encoder's width, and of the channels of a block."""
SQUEEZE = f"{NAME}.Build_in_Res2Nets.0.se.se.1.weight"
"""The tensor (squeezed channels, channels, 1) that tells the factor of the reduction."""


def nes2net_entries() -> list[Entry]:
    """Return where the arrays come from (github.com/Liu-Tianchi/Nes2Net_ASVspoof_ITW)."""
    entries = [*norm("head/norm", f"{NAME}.bn"), *dense("head/output", f"{NAME}.fc")]
    for k in range(GROUPS - 1):
        entries += norm(f"head/norms/{k}", f"{NAME}.bns.{k}")
        entries += _block(f"head/blocks/{k}", f"{NAME}.Build_in_Res2Nets.{k}")
    return entries


def _block(ours: str, theirs: str) -> list[Entry]:
    entries = [
        *pointwise(f"{ours}/first", f"{theirs}.conv1"),
        *norm(f"{ours}/first_norm", f"{theirs}.bn1"),
        *pointwise(f"{ours}/last", f"{theirs}.conv3"),
        *norm(f"{ours}/last_norm", f"{theirs}.bn3"),
        *pointwise(f"{ours}/squeeze", f"{theirs}.se.se.1"),
        *pointwise(f"{ours}/excite", f"{theirs}.se.se.3"),
    ]
    for k in range(SCALE - 1):
        # Published as convolutions over two axes, the second of which they do not span.
        entries += convolution(f"{ours}/convolutions/{k}", f"{theirs}.convs.{k}", 1, ones=(3,))
        entries += norm(f"{ours}/norms/{k}", f"{theirs}.bns.{k}")
        entries.append(
            SumEntry(f"{ours}/weights/{k}", (f"{theirs}.weighted_sum.{k}",), ones=(0, 1, 2))
        )
    return entries
