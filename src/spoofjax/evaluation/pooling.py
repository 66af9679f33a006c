"""Poolings: how the scores of a recording's windows become that of the recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import numpy as np

Pooling = Literal["mean", "lower-half", "lowest", "start"]
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)
"""The mean of all windows; that of the half with the lowest scores, or the lowest one, both for
recordings that may be spoofed in part; or the first window alone, as in evaluation."""


def pooled(values: np.ndarray, pooling: Pooling) -> float:
    """Return the score, or the LLR, of a recording from those of its windows (windows,).

    Each pooling commutes with increasing straight lines: the pooled LLR of windows is the LLR of
    their pooled score. One window alone keeps its value.
    """
    if pooling == "start":
        return float(values[0])
    if pooling == "lowest":
        return float(values.min())
    if pooling == "lower-half":
        ordered = values.copy()
        ordered.sort()
        values = ordered[: (len(ordered) + 1) // 2]
    return float(values.mean())


def line_of(decision: Mapping[str, Any], pooling: Pooling) -> tuple[float, float] | None:
    """Return (scale, offset): llr = scale * pooled score + offset, for several windows.

    None where the decision has no such line; the calibration of clips then has to serve.
    """
    facts = decision.get("recordings", {}).get("poolings", {}).get(pooling)
    return None if facts is None or pooling == "start" else (facts["scale"], facts["offset"])


def summary_of(decision: Mapping[str, Any]) -> str:
    """Return in words what a decision says of recordings of several windows; '' if nothing."""
    recordings, pooling = decision.get("recordings"), decision.get("pooling")
    facts = (recordings or {}).get("poolings", {}).get(pooling)
    if recordings is None or facts is None:
        return ""
    return (
        f"A recording of several windows has their {pooling} score, and a calibration of such "
        f"scores. Measured on {recordings['split']}: {recordings['files']:,} utterances, of which "
        f"{recordings['longer']:,} have several windows, have an EER of {facts['files_eer']:.2%} "
        f"({recordings['clip_eer']:.2%} by their start alone, as in evaluation), and "
        f"{facts['agreement']:.1%} of them have the verdict of evaluation. "
        f"{recordings['joined']:,} recordings that were joined from them have an EER of "
        f"{facts['joined_eer']:.2%}; called spoofed are {facts['rejected_bonafide']:.1%} of the "
        f"bona fide ones, {facts['rejected_spoofed']:.1%} of the spoofed ones and "
        f"{facts['rejected_spliced']:.1%} of those in which only a part is spoofed."
    )
