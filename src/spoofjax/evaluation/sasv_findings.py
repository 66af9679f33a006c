"""What a reviewer would say of the results of track 2, found from its numbers alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from spoofjax.evaluation.findings import (
    CHANCE_EER,
    MISSED_EER,
    WIDE,
    Finding,
    standard_error,
)


class _Rate(NamedTuple):
    """An error rate of targets against other trials."""

    key: str
    name: str
    others: tuple[str, ...]
    """The kinds of trials that targets are told from."""


RATES = (
    _Rate("sv_eer", "SV-EER", ("nontarget",)),
    _Rate("spf_eer", "SPF-EER", ("spoof",)),
)


def sasv_findings(results: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong with the results of `sasv_summary`, alarms first; empty if nothing is.

    The limits are those of `findings`.
    """
    remarks: list[Finding] = []
    for rate in RATES:
        if rate.key in results:
            remarks += _of_rate(results, rate)
    remarks += _of_costs(results)
    return sorted(remarks, key=lambda finding: not finding.is_alarm)


def _of_rate(results: Mapping[str, Any], rate: _Rate) -> Iterator[Finding]:
    """Yield an alarm where targets are not told from other trials, and a note on few trials."""
    value, targets = results[rate.key], results["target"]
    others = sum(results[kind] for kind in rate.others)
    words = f"{' and '.join(rate.others)} trials"
    if value > 1 - CHANCE_EER:
        yield Finding(
            f"Reversed polarity: the {rate.name} is {value:.1%}, so {words} score above targets "
            "more often than not. Higher scores must mean a target: negate the scores, or check "
            "the key."
        )
    elif value > CHANCE_EER:
        yield Finding(
            f"The scores do not tell targets from {words}: the {rate.name} is {value:.1%}, hardly "
            "better than chance (50%)."
        )
    elif value > MISSED_EER:
        yield Finding(
            f"Missed: the {rate.name}, of targets against {words}, is {value:.1%}. The SASV-EER "
            f"of all trials, {results['sasv_eer']:.1%}, may hide this."
        )
    width = 2 * 1.96 * standard_error(value, targets, others)
    if width > WIDE:
        yield Finding(
            f"Few trials: with {targets:,} targets and {others:,} {words}, the 95 % interval of "
            f"the {rate.name} ({value:.1%}) is about {100 * width:.0f} points wide (noted above "
            f"{100 * WIDE:.0f}). Smaller differences between systems mean nothing.",
            is_alarm=False,
        )


def _of_costs(results: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield alarms of results that giving every trial the same answer would reach as well."""
    if results.get("a_dcf", 0) >= 1:
        yield Finding(
            "The a-DCF is 1: at these costs, no threshold is better than giving every trial the "
            "same answer."
        )
    if results.get("min_tdcf", 0) >= 1:
        yield Finding(
            "The min t-DCF is 1: at these costs, no threshold of the countermeasure is better than "
            "giving every trial the same answer."
        )
