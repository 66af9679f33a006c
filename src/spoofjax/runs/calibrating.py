"""A run's calibration: fitted on its dev scores, kept in its decision, used from then on."""

from __future__ import annotations

from spoofjax.errors import RunError
from spoofjax.evaluation.calibration import abstain_band, fit
from spoofjax.evaluation.metrics import Costs, act_dcf, cllr, min_cllr, min_dcf
from spoofjax.files import write_json
from spoofjax.runs.folder import RunFolder, read_json
from spoofjax.runs.scores import read_split


def calibrate_run(run: RunFolder, costs: Costs, abstain_cost: float | None = None) -> str:
    """Fit the affine calibration on dev, write it to the decision and return what it did, as text.

    The threshold becomes that of the cost model, in raw scores; with `abstain_cost`, scores for
    which saying nothing is the cheapest get no verdict (`abstain`, low <= score < high). Raises
    RunError where dev has not been evaluated or the fit is not increasing.
    """
    metrics = run.split_metrics("dev")
    if not metrics.is_file():
        raise RunError(f"{run.path} has no dev scores: `spoofjax evaluate {run.path}` first.")
    corpus = read_json(metrics)["corpus"]
    scores, keys = read_split(run, corpus, "dev")
    found = fit(scores.score, keys.label)
    scale = found.scale[0]
    if scale <= 0:
        raise RunError(
            f"The calibration would turn the scores round (scale {scale:.3g}): on dev spoofs score "
            "at least as high as bona fide speech. Train the model further, or check the labels."
        )
    decided = read_json(run.decision)
    decided["threshold"] = (costs.threshold - found.offset) / scale
    decided["threshold_from"] = (
        f"costs: P(spoof) {costs.p_spoof:g}, miss {costs.miss:g}, false alarm "
        f"{costs.false_alarm:g}; bona fide at score >= threshold"
    )
    decided["calibration"] = found.to_json()
    decided["abstain"] = None
    if abstain_cost is not None:
        band = abstain_band(costs, abstain_cost)
        decided["abstain"] = [(llr - found.offset) / scale for llr in band]
    write_json(run.decision, decided)
    bonafide, spoof = scores.score[keys.label == 1], scores.score[keys.label == 0]
    good, bad = found(bonafide), found(spoof)
    lines = [f"warning: {text}" for text in found.warnings]
    lines += [
        f"llr = {scale:.6g} * score {found.offset:+.6g}; threshold {decided['threshold']:.6g}",
        f"dev actDCF {act_dcf(good, bad, costs):.4f} (minDCF {min_dcf(good, bad, costs):.4f}), "
        f"Cllr {cllr(good, bad):.4f} bits (min {min_cllr(good, bad):.4f})",
        *(
            [f"no verdict from {decided['abstain'][0]:.6g} up to {decided['abstain'][1]:.6g}"]
            if decided["abstain"]
            else []
        ),
        f"`spoofjax evaluate {run.path}` judges the other splits by it.",
    ]
    return "\n".join(lines)
