"""A decision: how scores become verdicts and log-likelihood ratios. JSON values throughout."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from spoofjax.errors import ScoreError
from spoofjax.evaluation.calibration import Affine, abstain_band, fit
from spoofjax.evaluation.metrics import Costs

TINY = 1e-9
"""More than rounding changes a share or a log-likelihood ratio by."""


def decision_at_eer(threshold: float, prior: float, log_prior_shift: float) -> dict[str, Any]:
    """Return the decision at the EER threshold of dev, without a calibration.

    `prior` is the share of bona fide among the training draws, `log_prior_shift` what the class
    weights of the loss add to its log odds. Both are recorded, because a trained logit carries
    them; the threshold on dev contains their effect.
    """
    return {
        "threshold": threshold,
        "threshold_from": "the official EER threshold on dev; bona fide at score >= threshold",
        "prior": prior,
        "prior_meaning": "share of bona fide among the training draws",
        "log_prior_odds": math.log(prior / (1 - prior)) + log_prior_shift,
        "calibration": None,
    }


def calibrated(
    decision: Mapping[str, Any],
    scores: np.ndarray,
    labels: np.ndarray,
    costs: Costs,
    abstain_cost: float | None = None,
    chosen_on: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the decision with a calibration fitted on labelled scores, both (utterances,).

    The other arguments are those of with_calibration. Raises ScoreError as it does, and as fit
    does.
    """
    return with_calibration(decision, fit(scores, labels), costs, abstain_cost, chosen_on)


def with_calibration(
    decision: Mapping[str, Any],
    calibration: Affine,
    costs: Costs,
    abstain_cost: float | None = None,
    chosen_on: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the decision with a calibration of one system.

    The threshold becomes that of the cost model, in raw scores. With `abstain_cost`, scores for
    which no verdict is the cheapest choice get none (`abstain`, low <= score < high). `chosen_on`
    is recorded; it names the `corpus`, and in words what the scores are `chosen_on`, where that is
    not the run's own dev split. Raises ScoreError if the calibration is not increasing.
    """
    scale, offset = calibration.scale[0], calibration.offset
    if scale <= 0:
        source = (chosen_on or {}).get("chosen_on", "dev")
        raise ScoreError(
            f"The calibration would reverse the order of the scores (scale {scale:.3g}): on "
            f"{source}, spoofs score at least as high as bona fide speech. Train the model "
            "further, or check the labels."
        )
    abstain = None
    if abstain_cost is not None:
        abstain = [(llr - offset) / scale for llr in abstain_band(costs, abstain_cost)]
    own = {key: value for key, value in decision.items() if key not in ("corpus", "chosen_on")}
    return {
        **own,
        **(chosen_on or {}),
        "threshold": (costs.threshold - offset) / scale,
        "threshold_from": (
            f"costs: P(spoof) {costs.p_spoof:g}, miss {costs.miss:g}, false alarm "
            f"{costs.false_alarm:g}; bona fide at score >= threshold"
        ),
        "costs": {
            "p_spoof": costs.p_spoof,
            "miss": costs.miss,
            "false_alarm": costs.false_alarm,
            "abstain": abstain_cost,
        },
        "calibration": calibration.to_json(),
        "abstain": abstain,
    }


def costs_rejecting(calibration: Affine, bonafide: np.ndarray, share: float, costs: Costs) -> Costs:
    """Return the costs with another `miss`: that at which a share of bona fide is rejected.

    `bonafide` is float64 (utterances,), raw scores; no larger part of them than the share, from 0
    to below 1, is rejected. Raises ScoreError for other shares.
    """
    if not 0 <= share < 1:
        raise ScoreError(f"The rejected share must be at least 0 and below 1, not {share:g}.")
    ordered = np.sort(calibration(bonafide))
    # Rounding must not put the threshold above the score that is the least to be accepted.
    threshold = ordered[math.floor(share * len(ordered) + TINY)] - TINY
    return replace(costs, miss=costs.miss * math.exp(costs.threshold - threshold))


def to_llr(decision: Mapping[str, Any], scores: np.ndarray) -> np.ndarray:
    """Return log-likelihood ratios of raw scores, float64 (utterances,).

    They come from the calibration. Without one, they are the scores less the threshold: at the EER
    threshold on dev both errors are equally frequent, so that a score there favours neither class.
    """
    if decision["calibration"] is not None:
        return Affine.from_json(decision["calibration"])(scores)
    return scores - decision["threshold"]
