"""Pictures of scores and runs. Every function returns a matplotlib Figure; `save` writes it."""

from spoofjax.report.pictures.attacks import attribution_plot, embedding_map
from spoofjax.report.pictures.calibration import error_plot, reliability_plot
from spoofjax.report.pictures.conditions import heat_map
from spoofjax.report.pictures.explanation import explanation_plot
from spoofjax.report.pictures.pareto import pareto_plot
from spoofjax.report.pictures.scores import det_plot, score_histogram
from spoofjax.report.pictures.style import BONAFIDE, INK, PALE, PALETTE, SPOOF, save
from spoofjax.report.pictures.timeline import timeline_plot
from spoofjax.report.pictures.training import training_comparison, training_curves

__all__ = [
    "BONAFIDE",
    "INK",
    "PALE",
    "PALETTE",
    "SPOOF",
    "attribution_plot",
    "det_plot",
    "embedding_map",
    "error_plot",
    "explanation_plot",
    "heat_map",
    "pareto_plot",
    "reliability_plot",
    "save",
    "score_histogram",
    "timeline_plot",
    "training_comparison",
    "training_curves",
]
