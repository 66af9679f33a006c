"""The tensors of RawNet2 as the organisers of ASVspoof 2021 and ASVspoof 5 publish them."""

from __future__ import annotations

from spoofjax.deployment.importing.entries import Entry, convolution, dense, gru, norm

BLOCKS = 6
WIDENING = 2
"""The block that has more channels than the one before it."""


def rawnet2_entries(*, activates_first: bool) -> list[Entry]:
    """Return where the arrays of RawNet2 come from (github.com/asvspoof-challenge)."""
    entries = [*norm("bank/norm", "first_bn"), *norm("norm", "bn_before_gru")]
    for k in range(BLOCKS):
        ours, theirs = f"blocks/{k}", f"block{k}.0"
        entries += convolution(f"{ours}/first", f"{theirs}.conv1", 1)
        entries += norm(f"{ours}/norm", f"{theirs}.bn2")
        entries += convolution(f"{ours}/second", f"{theirs}.conv2", 1)
        entries += dense(f"{ours}/scale", f"fc_attention{k}.0")
        if k == WIDENING:
            entries += convolution(f"{ours}/shortcut", f"{theirs}.conv_downsample", 1)
        if activates_first and k:
            entries += norm(f"{ours}/first_norm", f"{theirs}.bn1")
    for layer in range(3):
        entries += gru(f"recurrent/{layer}", "gru", layer)
    return [*entries, *dense("hidden", "fc1_gru"), *dense("head", "fc2_gru")]
