"""Pictures that show whether log-likelihood ratios can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.evaluation.metrics import ASVSPOOF5
from spoofjax.evaluation.reliability import error_curves, reliability
from spoofjax.report.pictures.style import BONAFIDE, INK, SPOOF, add_legend, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def reliability_plot(
    llr: ArrayLike, labels: ArrayLike, prior: float = 0.5, title: str = "Reliability"
) -> Figure:
    """Draw the observed over the predicted probability of bona fide; both agree on the diagonal."""
    bins = reliability(llr, labels, prior)
    figure, (axes,) = new_figure(5.0, 5.0, title)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (2, 3)))
    size = 20 + 160 * np.sqrt(bins.trials / bins.trials.max())
    axes.plot(bins.predicted, bins.observed, color=BONAFIDE, linewidth=1.4)
    axes.scatter(bins.predicted, bins.observed, size, color=BONAFIDE, alpha=0.8, linewidth=0)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    axes.set_xlabel(f"predicted P(bona fide) at prior {prior:g}")
    axes.set_ylabel("observed share of bona fide")
    note = "size of a point: number of trials"
    axes.annotate(note, (0.98, 0.03), xycoords="axes fraction", ha="right", fontsize=8, color=INK)
    return figure


def error_plot(llr: ArrayLike, labels: ArrayLike, title: str = "Applied error") -> Figure:
    """Draw the probability of error over the prior (APE, applied probability of error).

    Three curves: decisions by these LLRs, by the same LLRs after the best monotone calibration, and
    without listening.
    """
    odds = np.linspace(-7, 7, 281)
    curves = error_curves(llr, labels, odds)
    figure, (axes,) = new_figure(6.4, 3.8, title)
    axes.plot(odds, 100 * curves.blind, color=INK, linewidth=1, linestyle=(0, (2, 3)),
              label="without listening")  # fmt: skip
    axes.fill_between(odds, 100 * curves.least, 100 * curves.actual, color=SPOOF, alpha=0.25)
    axes.plot(odds, 100 * curves.actual, color=SPOOF, linewidth=1.8, label="these LLRs")
    axes.plot(odds, 100 * curves.least, color=BONAFIDE, linewidth=1.8, label="best calibration")
    axes.axvline(-ASVSPOOF5.threshold, color=INK, linewidth=0.8, alpha=0.6)
    axes.annotate(
        "ASVspoof 5", (-ASVSPOOF5.threshold, 1), (4, -4), fontsize=8, color=INK, va="top",
        xycoords=("data", "axes fraction"), textcoords="offset points",
    )  # fmt: skip
    top = 100 * max(curves.least.max() * 2.5, min(curves.actual.max(), curves.blind.max()))
    axes.set(xlim=(odds[0], odds[-1]), ylim=(0, top * 1.05 or 1))
    axes.set_xlabel("prior log-odds of bona fide")
    axes.set_ylabel("probability of error (%)")
    add_legend(axes, loc="upper left")
    return figure
