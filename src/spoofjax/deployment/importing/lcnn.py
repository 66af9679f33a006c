"""The tensors of LFCC-LCNN-BLSTM as its authors publish them."""

from __future__ import annotations

from spoofjax.deployment.importing.entries import (
    Entry,
    SumEntry,
    convolution,
    dense,
    lstm,
    norm,
)

CONVOLUTIONS = (0, 3, 6, 10, 13, 16, 19, 22, 25)
"""Where the convolution of each stage stands in the published list of modules."""
NORMS = {1: 5, 2: 9, 3: 12, 5: 18, 6: 21, 7: 24}
"""Where the batch norm stands, for the stages that have one."""


def lcnn_entries() -> list[Entry]:
    """Return where the arrays of LCNN come from (nii-yamagishilab/project-NN-Pytorch-scripts)."""
    entries = dense("head", "m_output_act.0")
    for stage, place in enumerate(CONVOLUTIONS):
        entries += convolution(f"stages/{stage}/convolution", f"m_transform.0.{place}")
    for stage, place in NORMS.items():
        entries += norm(f"stages/{stage}/norm", f"m_transform.0.{place}", affine=False)
    for layer in range(2):
        for direction, suffix in enumerate(("", "_reverse")):
            ours = f"recurrent/{layer}/directions/{direction}"
            entries += lstm(ours, f"m_before_pooling.0.{layer}.l_blstm", suffix=suffix)
    # One number for all coefficients, which the network has one for each of.
    entries.append(SumEntry("standardize/mean", ("input_mean",), is_repeated=True))
    entries.append(SumEntry("standardize/deviation", ("input_std",), is_repeated=True))
    return entries
