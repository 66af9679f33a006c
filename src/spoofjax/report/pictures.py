"""Pictures of scores and runs. Every function returns a matplotlib Figure; `save` writes it.

matplotlib is imported when a picture is drawn, and only its Figure is used, so that nothing global
changes and no display is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from spoofjax.errors import ScoreError
from spoofjax.evaluation.metrics import ASVSPOOF5
from spoofjax.evaluation.ranked import Ranked
from spoofjax.evaluation.reliability import error_curves, reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BONAFIDE, SPOOF = "#00707f", "#d1495b"
PALETTE = ("#1f5f8b", "#d1495b", "#3a7d44", "#e09f3e", "#6a4c93", "#00707f", "#8d5524", "#5c677d")
INK, PALE = "#22303c", "#dfe5ea"
RATES = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8,
         0.9, 0.95, 0.98, 0.99)  # fmt: skip
"""Labelled error rates on a DET plot's axes."""


def save(figure: Figure, path: str | Path) -> Path:
    """Write a picture; the suffix says the format (.png or .svg). Equal data give equal files."""
    import matplotlib

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata: dict[str, Any] = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    with matplotlib.rc_context({"svg.hashsalt": "spoofjax"}):  # else ids in an SVG are random
        figure.savefig(path, dpi=150, metadata=metadata, facecolor="white")
    return path


def det_plot(systems: Mapping[str, tuple[ArrayLike, ArrayLike]], title: str = "DET") -> Figure:
    """Draw detection error trade-off curves on probit axes, with the EER of each marked.

    `systems`: name to (bona fide scores, spoof scores). Raises ScoreError as the metrics do.
    """
    figure, (axes,) = _figure(5.6, 5.6, title)
    lowest, highest = 0.01, 0.4
    for (name, (bonafide, spoof)), colour in zip(systems.items(), _colours(), strict=False):
        ranked = Ranked(bonafide, spoof)
        frr, far, _ = ranked.det()
        x, y = _probit(far, len(ranked.spoof)), _probit(frr, len(ranked.bonafide))
        kept = _visible_steps(x, y)
        point = ranked.equal_error()
        rate = (point.frr + point.far) / 2
        label = f"{name}   EER {rate:.2%}"
        axes.plot(x[kept], y[kept], color=colour, linewidth=1.8, label=label)
        at = ndtri(np.clip(rate, 1e-5, 1 - 1e-5))
        axes.plot(at, at, "o", color=colour, markersize=6, markeredgecolor="white", zorder=5)
        lowest, highest = min(lowest, rate / 8), max(highest, rate * 1.5)
    ends = ndtri([max(lowest, 2e-4), min(highest, 0.99)])
    axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle=(0, (2, 3)), zorder=1)
    ticks = [rate for rate in RATES if ends[0] - 1e-9 <= ndtri(rate) <= ends[1] + 1e-9]
    names = [f"{100 * rate:g}" for rate in ticks]
    axes.set_xticks(ndtri(ticks), names)
    axes.set_yticks(ndtri(ticks), names)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.set_xlabel("spoofs accepted (%)")
    axes.set_ylabel("bona fide rejected (%)")
    _legend(axes, loc="best")
    return figure


def training_curves(rows: Iterable[Mapping[str, Any]], title: str = "Training") -> Figure:
    """Draw loss, dev EER and dev minDCF over steps from the lines of a run's history.

    Lines hold `step` and any of `loss`, `dev.eer`, `dev.min_dcf`; what never occurs gets no panel.
    Raises ScoreError where none of them occurs.
    """
    return training_comparison({"": rows}, title)


def training_comparison(
    runs: Mapping[str, Iterable[Mapping[str, Any]]], title: str = "Training"
) -> Figure:
    """Draw `training_curves` of several runs, name to lines, into the same panels."""
    histories = {name: list(rows) for name, rows in runs.items()}
    panels = []
    for key, name, scale in (
        ("loss", "training loss", 1),
        ("dev.eer", "dev EER (%)", 100),
        ("dev.min_dcf", "dev minDCF", 1),
    ):
        curves = {run: _points(rows, key, scale) for run, rows in histories.items()}
        if any(len(points) for points in curves.values()):
            panels.append((key, name, curves))
    if not panels:
        raise ScoreError("There is nothing to draw: no line has a loss or a dev metric.")
    figure, all_axes = _figure(4.0 * len(panels) + 0.4, 3.4, title, columns=len(panels))
    for axes, (key, name, curves) in zip(all_axes, panels, strict=True):
        for (run, points), colour in zip(curves.items(), _colours(), strict=False):
            if len(points):
                _one_curve(axes, points, colour, run, is_loss=key == "loss", note=len(curves) == 1)
        axes.set_xlabel("step")
        axes.set_title(name, loc="left", fontsize=10, color=INK)
    if len(histories) > 1:
        _legend(all_axes[0], loc="best")
    return figure


def _points(rows: Iterable[Mapping[str, Any]], key: str, scale: float) -> np.ndarray:
    found = [(row["step"], scale * row[key]) for row in rows if row.get(key) is not None]
    return np.array(found, np.float64)


def _one_curve(
    axes: Axes, points: np.ndarray, colour: str, name: str, *, is_loss: bool, note: bool
) -> None:
    steps, values = points.T
    if is_loss:
        axes.plot(steps, values, color=colour, linewidth=0.8, alpha=0.35)
        axes.plot(steps, _smooth(values), color=colour, linewidth=1.8, label=name)
        return
    axes.plot(steps, values, color=colour, linewidth=1.8, marker="o", markersize=3)
    best = int(np.argmin(values))
    at = SPOOF if note else colour
    axes.plot(steps[best], values[best], "o", color=at, markersize=7, markeredgecolor="white")
    if note:
        side = "right" if best >= len(values) / 2 else "left"
        axes.annotate(
            f"best {values[best]:.3g}", (steps[best], values[best]), (0, 9),
            textcoords="offset points", ha=side, fontsize=8, color=SPOOF,
        )  # fmt: skip
    axes.margins(y=0.18)


def score_histogram(
    bonafide: ArrayLike,
    spoof: ArrayLike,
    threshold: float | None = None,
    title: str = "Scores",
    xlabel: str = "score (higher = more bona fide)",
) -> Figure:
    """Draw how the scores of both classes are spread, each class with an area of one.

    Scores beyond the outer 0.3 % below and 0.1 % above count in the outermost bars.
    """
    ranked = Ranked(bonafide, spoof)
    figure, (axes,) = _figure(6.4, 3.6, title)
    merged = np.concatenate([ranked.bonafide, ranked.spoof])
    low, high = np.quantile(merged, [0.003, 0.999])
    margin = 0.03 * (high - low) or 0.5
    fewest = min(len(ranked.bonafide), len(ranked.spoof))
    bars = int(np.clip(3 * fewest**0.5, 20, 70))  # few scores in many bars are but noise
    edges = np.linspace(low - margin, high + margin, bars + 1)
    for name, scores, colour in (
        ("bona fide", ranked.bonafide, BONAFIDE),
        ("spoof", ranked.spoof, SPOOF),
    ):
        inside = np.clip(scores, edges[0], edges[-1])
        label = f"{name} ({len(scores):,})"
        axes.hist(inside, edges, density=True, color=colour, alpha=0.35)
        axes.hist(inside, edges, density=True, histtype="step", color=colour, linewidth=1.4,
                  label=label)  # fmt: skip
    if threshold is not None:
        axes.axvline(threshold, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.annotate(
            f"threshold {threshold:.3g}", (threshold, 1), (4, -4), fontsize=8, color=INK,
            xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
        )  # fmt: skip
    axes.margins(y=0.12)
    axes.set_xlabel(xlabel)
    axes.set_ylabel("density")
    _legend(axes, loc="best")
    return figure


def reliability_plot(
    llr: ArrayLike, labels: ArrayLike, prior: float = 0.5, title: str = "Reliability"
) -> Figure:
    """Draw observed over predicted probability of bona fide; on the diagonal both agree."""
    found = reliability(llr, labels, prior)
    figure, (axes,) = _figure(5.0, 5.0, title)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (2, 3)))
    size = 20 + 160 * np.sqrt(found.trials / found.trials.max())
    axes.plot(found.predicted, found.observed, color=BONAFIDE, linewidth=1.4)
    axes.scatter(found.predicted, found.observed, size, color=BONAFIDE, alpha=0.8, linewidth=0)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    axes.set_xlabel(f"predicted P(bona fide) at prior {prior:g}")
    axes.set_ylabel("observed share of bona fide")
    note = "size of a point: number of trials"
    axes.annotate(note, (0.98, 0.03), xycoords="axes fraction", ha="right", fontsize=8, color=INK)
    return figure


def error_plot(llr: ArrayLike, labels: ArrayLike, title: str = "Applied error") -> Figure:
    """Draw the probability of error over the prior (APE): as is, best calibrated and blind."""
    odds = np.linspace(-7, 7, 281)
    curves = error_curves(llr, labels, odds)
    figure, (axes,) = _figure(6.4, 3.8, title)
    axes.plot(odds, 100 * curves.blind, color=INK, linewidth=1, linestyle=(0, (2, 3)),
              label="without looking")  # fmt: skip
    axes.fill_between(odds, 100 * curves.least, 100 * curves.actual, color=SPOOF, alpha=0.25)
    axes.plot(odds, 100 * curves.actual, color=SPOOF, linewidth=1.8, label="these LLRs")
    axes.plot(odds, 100 * curves.least, color=BONAFIDE, linewidth=1.8, label="calibrated at best")
    axes.axvline(-ASVSPOOF5.threshold, color=INK, linewidth=0.8, alpha=0.6)
    axes.annotate(
        "ASVspoof 5", (-ASVSPOOF5.threshold, 1), (4, -4), fontsize=8, color=INK, va="top",
        xycoords=("data", "axes fraction"), textcoords="offset points",
    )  # fmt: skip
    top = 100 * max(curves.least.max() * 2.5, min(curves.actual.max(), curves.blind.max()))
    axes.set(xlim=(odds[0], odds[-1]), ylim=(0, top * 1.05 or 1))
    axes.set_xlabel("prior log-odds of bona fide")
    axes.set_ylabel("probability of error (%)")
    _legend(axes, loc="upper left")
    return figure


def heat_map(
    rows: Sequence[Mapping[str, Any]],
    down: str,
    across: str,
    value: str = "eer",
    title: str = "EER (%) by condition",
) -> Figure:
    """Draw a table of `breakdown` rows as colours, in per cent; cells without a number stay empty.

    `down` and `across` name the two columns of a crossing, as in 'attack x codec'.
    """
    names = [sorted({row[key] for row in rows}) for key in (down, across)]
    if not all(names):
        raise ScoreError(f"There is no row to draw by {down} and {across}.")
    cells = np.full([len(n) for n in names], np.nan)
    for row in rows:
        if row[value] is not None:
            cells[names[0].index(row[down]), names[1].index(row[across])] = 100 * row[value]
    shape = (1.6 + 0.62 * len(names[1]), 1.4 + 0.36 * len(names[0]))
    figure, (axes,) = _figure(max(shape[0], 3.6), max(shape[1], 2.4), title)
    high = float(np.nanmax(cells)) if np.isfinite(cells).any() else 1.0
    axes.imshow(cells, cmap="YlOrRd", vmin=0, vmax=max(high, 1e-9), aspect="auto")
    for (i, j), cell in np.ndenumerate(cells):
        text = "" if np.isnan(cell) else f"{cell:.1f}"
        colour = "white" if cell > 0.6 * high else INK
        axes.text(j, i, text, ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(names[1])), names[1])
    axes.set_yticks(range(len(names[0])), names[0])
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(across)
    axes.set_ylabel(down)
    return figure


# ------------------------------------------------------------------------ shared style
def _figure(width: float, height: float, title: str, columns: int = 1) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title, x=0.02, ha="left", fontsize=12, fontweight="bold", color=INK)
    all_axes = list(np.ravel(figure.subplots(1, columns, squeeze=False)))
    for axes in all_axes:
        axes.grid(color=PALE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color("#9aa5b1")
        axes.tick_params(colors=INK, labelsize=8, length=3, color="#9aa5b1")
        axes.xaxis.label.set_color(INK)
        axes.yaxis.label.set_color(INK)
        axes.xaxis.label.set_size(9)
        axes.yaxis.label.set_size(9)
    return figure, all_axes


def _legend(axes: Axes, loc: Literal["best", "upper left"]) -> None:
    axes.legend(loc=loc, fontsize=8.5, frameon=True, framealpha=0.9, edgecolor="none",
                labelcolor=INK)  # fmt: skip


def _colours() -> Iterable[str]:
    while True:
        yield from PALETTE


def _probit(rates: np.ndarray, trials: int) -> np.ndarray:
    """Return normal deviates; rates of 0 and 1 count as half a trial away from them."""
    half = 0.5 / trials
    return ndtri(np.clip(rates, half, 1 - half))


def _visible_steps(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the indices of a curve's points that differ on the page; both ends are kept."""
    cell = np.round(np.stack([x, y]) * 200)
    moved = np.flatnonzero((np.diff(cell, axis=1) != 0).any(axis=0)) + 1
    return np.unique(np.concatenate([[0], moved, [len(x) - 1]]))


def _smooth(values: np.ndarray) -> np.ndarray:
    """Return the exponential running mean over about a twentieth of the curve."""
    decay = 1 - 1 / max(len(values) / 20, 1)
    smooth, mean, weight = np.empty(len(values)), 0.0, 0.0
    for index, value in enumerate(values):
        mean, weight = decay * mean + (1 - decay) * value, decay * weight + (1 - decay)
        smooth[index] = mean / weight
    return smooth
