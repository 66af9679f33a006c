"""The explanation of one window of an utterance: what it says, and how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from spoofjax.deployment.explaining.deletion import Deletion
from spoofjax.deployment.explaining.methods import Method
from spoofjax.deployment.explaining.regions import smoothed

SLICE_SECONDS = 0.1
GROUPS = 16
NAMED = 5
"""JSON names five of the slices of a tenth of a second, and five of sixteen groups of bands."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Which times and frequencies the score of a window follows from."""

    method: Method
    attribution: np.ndarray
    """float32 (frames, bands): what each cell adds to the score; above 0 for bona fide."""
    levels: np.ndarray
    """float32 (frames, bands): what the cells hold."""
    level_name: str
    """What a level is, in words."""
    times: np.ndarray
    """float64 (frames + 1,): seconds from the start of the recording, between which frames lie."""
    frequencies: np.ndarray
    """float64 (bands + 1,): Hz, between which bands lie."""
    start: float
    end: float
    """The window in seconds from the start of the recording. A short utterance fills the time from
    `end` on by repetition."""
    is_bonafide: bool
    """The verdict on the window."""
    score: float
    """Of the window, with features that are computed in the graph."""
    baseline: str
    """What the utterance is compared with, in words."""
    baseline_score: float
    error: float
    """How far the attribution's sum is from the difference of both scores, as a share of it; NaN
    for Grad-CAM, whose values do not add up to it."""
    marked: np.ndarray
    """bool (frames, bands): the tenth of the cells that speaks most for the verdict."""
    deletion: Deletion
    """Whether these cells matter more than others."""
    occlusion_agreement: float
    """Rank correlation of the attribution with the losses by occlusion of patches; may be NaN."""

    @property
    def warning(self) -> str | None:
        """Why the picture is no evidence, or None."""
        if self.deletion.holds:
            return None
        return (
            "the picture is not evidence: without the marked tenth, the score moves no further "
            f"towards the other class than without random regions (p = {self.deletion.p_value:.2f})"
        )

    @property
    def smooth_attribution(self) -> np.ndarray:
        """float32 (frames, bands): the attribution, smoothed as for the choice of marked cells."""
        return smoothed(self.attribution, float(self.times[1] - self.times[0]))

    def top_times(self) -> list[dict[str, float]]:
        """Return the slices of a tenth of a second that speak most for the verdict.

        What is repeated counts at its place in the utterance.
        """
        middles = (self.times[:-1] + self.times[1:]) / 2 - self.start
        middles = np.clip(middles, 0, None) % max(self.end - self.start, SLICE_SECONDS)
        slices = (middles / SLICE_SECONDS).astype(int)
        support = np.bincount(slices, self._support.sum(axis=1))
        edges = self.start + SLICE_SECONDS * np.arange(len(support) + 1)
        return _largest(support, np.minimum(edges, self.end), "start", "end", 3)

    def top_bands(self) -> list[dict[str, float]]:
        """Return the groups of neighbouring bands that speak most for the verdict."""
        bands = self.attribution.shape[1]
        groups = np.arange(bands) * min(GROUPS, bands) // bands
        first = np.flatnonzero(np.diff(groups, prepend=-1))
        support = np.bincount(groups, self._support.sum(axis=0))
        return _largest(support, self.frequencies[[*first, -1]], "low", "high", 1)

    @property
    def _support(self) -> np.ndarray:
        """float64 (frames, bands): the attribution, above 0 for the verdict."""
        return (1 if self.is_bonafide else -1) * self.attribution.astype(np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays as JSON values."""
        agrees = self.occlusion_agreement
        return {
            "method": self.method,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "window_verdict": "bonafide" if self.is_bonafide else "spoof",
            "window_score": self.score,
            "cells": self.level_name,
            "baseline": self.baseline,
            "baseline_score": self.baseline_score,
            "error": self.error if math.isfinite(self.error) else None,
            "times": self.top_times(),
            "bands": self.top_bands(),
            "deletion": self.deletion.to_json(),
            "occlusion_agreement": agrees if math.isfinite(agrees) else None,
            "warning": self.warning,
        }


def _largest(
    support: np.ndarray, edges: np.ndarray, low: str, high: str, digits: int
) -> list[dict[str, float]]:
    """Return the parts with the most support, the largest first, with their share of all that is
    above 0.
    """
    shares = np.maximum(support, 0) / max(float(np.maximum(support, 0).sum()), 1e-30)
    order = np.argsort(-shares, kind="stable")[:NAMED]
    return [
        {
            low: round(float(edges[part]), digits),
            high: round(float(edges[part + 1]), digits),
            "share": round(float(shares[part]), 4),
        }
        for part in order.tolist()
        if shares[part] > 0
    ]
