"""The tensors of the head of SSL-AASIST as its authors publish them."""

from __future__ import annotations

from spoofjax.deployment.importing.aasist import BLOCKS, block, graph_attention, stack
from spoofjax.deployment.importing.entries import Entry, dense, norm, pointwise, same


def ssl_aasist_entries() -> list[Entry]:
    """Return where the arrays of the head come from (github.com/TakHemlata/SSL_Anti-spoofing)."""
    entries = [
        *dense("head/projection", "LL"),
        *norm("head/first_norm", "first_bn"),
        *norm("head/last_norm", "first_bn1"),
        *pointwise("head/weights/first", "attention.0", 2),
        *norm("head/weights/norm", "attention.2"),
        *pointwise("head/weights/last", "attention.3", 2),
        same("head/position", "pos_S"),
    ]
    for k in range(BLOCKS):
        entries += block(f"head/blocks/{k}", f"encoder.{k}.0", has_shortcut=k in (0, 2))
    for ours, theirs in (("bands", "S"), ("frames", "T")):
        entries += graph_attention(f"head/{ours}", f"GAT_layer_{theirs}")
        entries += dense(f"head/pool_{ours}/score", f"pool_{theirs}.proj")
    for k in range(2):
        entries += stack(f"head/stacks/{k}", k + 1)
    return entries + dense("head/output", "out_layer")
