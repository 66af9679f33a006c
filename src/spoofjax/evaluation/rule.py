"""The one rule by which an utterance is called bona fide or spoof.

The rule compares a log-likelihood ratio (LLR) with a threshold that follows from a prior and the
costs of errors. P(spoof) is computed from the same LLR and the same prior, so it exceeds
`spoof_above` exactly where the verdict is 'spoof'.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spoofjax.errors import ConfigError
from spoofjax.evaluation.calibration import abstain_band, log_odds, p_spoof
from spoofjax.evaluation.decision import to_llr
from spoofjax.evaluation.metrics import Costs


@dataclass(frozen=True)
class Rule:
    """When an LLR means bona fide, spoof or neither."""

    prior: float
    """P(bona fide) before listening."""
    threshold: float
    """The least LLR that is called bona fide."""
    cost_miss: float | None = None
    """Cost of rejecting bona fide speech; None where the threshold itself was given."""
    cost_false_alarm: float | None = None
    """Cost of accepting a spoof; None where the threshold itself was given."""
    abstain: tuple[float, float] | None = None
    """LLRs (low, high) from low up to high for which no verdict is the cheapest choice."""
    is_calibrated: bool = False
    """Whether the LLR comes from a calibration."""
    chosen_on: str = ""
    """What the decision was chosen on, in words, where that is not the run's own dev split."""

    @classmethod
    def of(
        cls,
        decision: Mapping[str, Any],
        *,
        prior: float | None = None,
        cost_miss: float | None = None,
        cost_false_alarm: float | None = None,
        threshold: float | None = None,
    ) -> Rule:
        """Return the rule of a run's decision, with what the caller states in its place.

        The decision of `spoofjax calibrate` records its prior and costs. Others mean a prior of 0.5
        and equal costs. `threshold` is an LLR and takes the place of the costs. Raises ConfigError
        for a value out of range, and where both a threshold and costs are given.
        """
        own, chosen_on = decision.get("costs"), decision.get("chosen_on", "")
        is_calibrated = decision["calibration"] is not None
        is_stated = not (cost_miss is cost_false_alarm is threshold is None)
        if own is None and is_calibrated and not is_stated:
            return _rule_without_costs(decision, _checked_prior(0.5 if prior is None else prior))
        own = own or {"p_spoof": 0.5, "miss": 1.0, "false_alarm": 1.0}
        prior = _checked_prior(1 - own["p_spoof"] if prior is None else prior)
        if threshold is not None:
            if not (cost_miss is None and cost_false_alarm is None):
                raise ConfigError("Give either --threshold or the costs: each sets the threshold.")
            if not math.isfinite(threshold):
                raise ConfigError(f"The threshold must be a finite number, not {threshold}.")
            return cls(prior, threshold, is_calibrated=is_calibrated, chosen_on=chosen_on)
        miss = _checked_cost(own["miss"] if cost_miss is None else cost_miss)
        false_alarm = _checked_cost(
            own["false_alarm"] if cost_false_alarm is None else cost_false_alarm
        )
        costs = Costs(1 - prior, miss, false_alarm)
        abstain = own.get("abstain")
        band = None if abstain is None else abstain_band(costs, abstain)
        return cls(prior, costs.threshold, miss, false_alarm, band, is_calibrated, chosen_on)

    @property
    def spoof_above(self) -> float:
        """The P(spoof) above which the verdict is 'spoof'."""
        return float(p_spoof(self.threshold, self.prior))

    def p_spoof(self, llr: float) -> float:
        """Return P(spoof) of an LLR at the rule's prior."""
        return float(p_spoof(llr, self.prior))

    def verdict(self, llr: float) -> str:
        """Return 'bonafide', 'spoof', or 'unknown' where no verdict is the cheapest choice."""
        low, high = self.abstain or (self.threshold, self.threshold)
        if low <= llr < high:
            return "unknown"
        return "bonafide" if llr >= high else "spoof"

    def __str__(self) -> str:
        costs = "the threshold was given"
        if self.cost_miss is not None:
            costs = (
                f"cost {self.cost_miss:g} of rejecting bona fide speech and "
                f"{self.cost_false_alarm:g} of accepting a spoof"
            )
        text = (
            f"spoof where P(spoof) exceeds {self.spoof_above:.4g}, which is an LLR below "
            f"{self.threshold:+.4g} (prior P(bona fide) {self.prior:g}; {costs})"
        )
        if self.abstain is not None and self.abstain[0] < self.abstain[1]:
            low, high = (self.p_spoof(llr) for llr in reversed(self.abstain))
            text += f"; no verdict for P(spoof) from {low:.4g} to {high:.4g}"
        if self.chosen_on:
            text += f"; {'calibrated' if self.is_calibrated else 'threshold'} on {self.chosen_on}"
        if not self.is_calibrated:
            text += "; not calibrated: P(spoof) is a rough figure until `spoofjax calibrate RUN`"
        return text


def _rule_without_costs(decision: Mapping[str, Any], prior: float) -> Rule:
    """Return the rule of a calibration by an older version, which recorded no costs.

    Its threshold and band are taken as those of a prior of 0.5.
    """
    scores = [decision["threshold"], *(decision.get("abstain") or ())]
    threshold, *band = (to_llr(decision, np.array(scores)) - log_odds(prior)).tolist()
    return Rule(prior, threshold, abstain=(band[0], band[1]) if band else None, is_calibrated=True)


def _checked_prior(prior: float) -> float:
    if not 0 < prior < 1:
        raise ConfigError(f"The prior P(bona fide) must lie between 0 and 1, not be {prior}.")
    return prior


def _checked_cost(cost: float) -> float:
    if not 0 < cost < math.inf:
        raise ConfigError(f"A cost must be a finite number above 0, not {cost}.")
    return cost
