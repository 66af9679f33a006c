"""What a reviewer would say of a split's results, found from its numbers alone.

The functions take the metrics of one split as JSON values (`metrics.summary`, with `by` from
`breakdown`), so they judge a run of long ago and a score file of another system alike.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spoofjax.evaluation.breakdown import columns_of

CHANCE_EER = 0.45
"""An EER above this is called chance."""
CHANCE_AUC = 0.05
"""An AUC closer to 0.5 than this is called chance."""
MISSED_EER = 0.30
"""An attack or codec whose EER is above this is missed."""
FAR_ABOVE = (2.0, 0.05)
"""So is one whose EER is above this multiple of the others' median, plus this."""
FEW_ROWS = 10
"""A condition with fewer utterances than this in a class is not judged."""
WIDE = 0.10
"""An EER with a 95 % interval wider than this rests on too few trials."""
CALIBRATION = (1.5, 0.15)
"""LLRs whose Cllr exceeds min Cllr by this factor, and by this many bits, are uncalibrated."""
NAMED = 3
"""How many conditions a finding names."""

CHANCE_ADVICE = (
    "Check that the labels match the files, that the training loss falls, and that the front end "
    "keeps what tells the classes apart; a short run may just need more steps."
)


@dataclass(frozen=True)
class Finding:
    """A remark for people. An alarm says why not to rely on a result, a note how to read it."""

    text: str
    is_alarm: bool = True


def findings(metrics: Mapping[str, Any], *, are_llrs: bool = True) -> list[Finding]:
    """Return what is wrong with the results of one split, alarms first; empty if nothing is.

    With `are_llrs`, Cllr and actDCF were computed from log-likelihood ratios. Scores of an unknown
    scale need not be LLRs, so for these bad calibration is a note and never an alarm.
    """
    results = of_ranking(metrics)
    if not results:
        # Scores that rank no better than chance miss every condition.
        results += _of_conditions(metrics)
    if not is_reversed(metrics):
        # Decisions and LLRs of reversed scores are as wrong as their order, and tell nothing more.
        results += [*_of_trivial_answer(metrics), *_of_calibration(metrics, are_llrs)]
    results += _of_few_trials(metrics)
    return sorted(results, key=lambda finding: not finding.is_alarm)


def of_corpora(results: Mapping[str, Mapping[str, Any]]) -> dict[str, Finding]:
    """Return a note on each result whose corpus is not that of its decision, by its title.

    That is the corpus of dev, or the `decision_corpus` of the result where the decision was chosen
    on another one.
    """
    dev = results["dev"]["corpus"] if "dev" in results else ""
    notes = {}
    for title, metrics in results.items():
        own, chosen_on = metrics["corpus"], metrics.get("decision_corpus", dev)
        if title == "train" or chosen_on in ("", own):
            continue
        what = "dev" if chosen_on == dev else "that of the decision"
        text = (
            f"Another corpus than {what}: {own}, while the threshold and the calibration were "
            f"chosen on {chosen_on}. EER, minDCF and AUC do not depend on them; accuracy, actDCF "
            "and Cllr do."
        )
        notes[title] = Finding(text, is_alarm=False)
    return notes


def to_json(results: Sequence[Finding]) -> dict[str, list[str]]:
    """Return the texts of the alarms and of the notes."""
    return {
        "alarms": [finding.text for finding in results if finding.is_alarm],
        "notes": [finding.text for finding in results if not finding.is_alarm],
    }


def is_reversed(metrics: Mapping[str, Any]) -> bool:
    """Whether spoofs score above bona fide speech, by more than chance explains."""
    return metrics["auc"] < 0.5 - max(CHANCE_AUC, _chance(metrics))


def of_ranking(metrics: Mapping[str, Any]) -> list[Finding]:
    """Return an alarm where the scores are reversed or rank no better than chance.

    Only `eer`, `auc` and the counts `bonafide` and `spoof` are needed.
    """
    rate, auc = metrics["eer"], metrics["auc"]
    if is_reversed(metrics):
        text = (
            f"Reversed polarity: the AUC is {auc:.3f}, below 0.5, so spoofs score above bona fide "
            f"speech more often than not (EER {rate:.1%}). Higher scores must mean bona fide: "
            "negate the scores, or check whether the labels are swapped. If both are right, this "
            "data misleads the detector."
        )
    elif rate > CHANCE_EER or abs(auc - 0.5) < CHANCE_AUC:
        text = (
            f"The scores carry no information: the EER is {rate:.1%} and the AUC {auc:.3f}, hardly "
            f"better than chance (50% and 0.5). {CHANCE_ADVICE}"
        )
    elif abs(auc - 0.5) < _chance(metrics):
        text = (
            f"The AUC of {auc:.3f} cannot be told from chance (0.5) with {metrics['bonafide']:,} "
            f"bona fide and {metrics['spoof']:,} spoof utterances. Evaluate on more."
        )
    else:
        return []
    return [Finding(text)]


def _chance(metrics: Mapping[str, Any]) -> float:
    """Return how far from 0.5 the AUC of random scores lies in 19 of 20 cases, at most.

    The variance is that of Mann and Whitney (1947) for two equal distributions.
    """
    bonafide, spoof = metrics["bonafide"], metrics["spoof"]
    return 1.96 * math.sqrt((bonafide + spoof + 1) / (12 * bonafide * spoof))


def _of_trivial_answer(metrics: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield alarms of results that need no detector."""
    accuracy, always_spoof = metrics["accuracy"], metrics["accuracy_always_spoof"]
    trivial, word = max((always_spoof, "spoof"), (1 - always_spoof, "bona fide"))
    # The collapse alarm says the same of a model that gives one answer only.
    if accuracy <= trivial and not metrics.get("collapse", {}).get("fired"):
        yield Finding(
            f"The accuracy of {accuracy:.1%} is no better than that of calling everything {word} "
            f"({trivial:.1%}). The balanced accuracy is {metrics['balanced_accuracy']:.1%}, where "
            "50% is guessing."
        )
    if metrics["min_dcf"] >= 1:
        yield Finding(
            "minDCF is 1: at the costs of ASVspoof 5, no threshold is better than giving every "
            "utterance the same answer."
        )


def _of_conditions(metrics: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield an alarm for each column with values that are missed, such as attacks or codecs."""
    for group, rows in metrics.get("by", {}).items():
        if len(columns_of(group)) > 1:
            continue  # the cells of a crossing are small and many
        judged = [row for row in rows if min(row["bonafide"], row["spoof"]) >= FEW_ROWS]
        rates = [row["eer"] for row in judged]
        missed = [
            row
            for index, row in enumerate(judged)
            if _is_missed(row, rates[:index] + rates[index + 1 :])
        ]
        if missed:
            missed.sort(key=lambda row: row["eer"], reverse=True)
            names = ", ".join(f"{row[group]} (EER {row['eer']:.1%})" for row in missed[:NAMED])
            yield Finding(
                f"Missed {group}: {names}{', ...' if len(missed) > NAMED else ''}; "
                f"{len(missed)} of {len(judged)} in all. The EER of the whole split, "
                f"{metrics['eer']:.1%}, hides this."
            )


def _is_missed(row: Mapping[str, Any], others: Sequence[float]) -> bool:
    """Whether the EER of a condition is too high by more than chance explains (one-sided, 5 %)."""
    least = row["eer"] - 1.64 * standard_error(row["eer"], row["bonafide"], row["spoof"])
    factor, distance = FAR_ABOVE
    is_far_above = bool(others) and least > factor * statistics.median(others) + distance
    return least > MISSED_EER or is_far_above


def _of_calibration(metrics: Mapping[str, Any], are_llrs: bool) -> Iterator[Finding]:
    """Yield a finding where Cllr or actDCF shows that the scores do not mean what LLRs mean."""
    cllr, least, cost = metrics["cllr"], metrics["min_cllr"], metrics["act_dcf"]
    factor, distance = CALIBRATION
    is_far = cllr > factor * least and cllr > least + distance
    numbers = f"Cllr is {cllr:.2f} bits, {least:.2f} after the best calibration"
    if not are_llrs:
        if cllr >= 1 or is_far:
            yield Finding(
                f"Uncalibrated: the scores are no log-likelihood ratios ({numbers}). EER, minDCF "
                "and AUC do not depend on this; actDCF and Cllr say nothing about this system.",
                is_alarm=False,
            )
    elif cllr >= 1:
        yield Finding(
            f"The log-likelihood ratios mislead: {numbers}; 1 bit is no information. Calibrate on "
            "data like this (`spoofjax calibrate` fits on dev), or use the ranking alone."
        )
    elif is_far or cost >= 1 > metrics["min_dcf"]:
        yield Finding(
            f"Uncalibrated: {numbers}; actDCF is {cost:.2f}, minDCF {metrics['min_dcf']:.2f}. "
            "Probabilities and decisions by costs are off; `spoofjax calibrate` fits them on dev.",
            is_alarm=False,
        )


def _of_few_trials(metrics: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield a note where the 95 % interval of the EER is wide."""
    rate, bonafide, spoof = metrics["eer"], metrics["bonafide"], metrics["spoof"]
    interval = (metrics.get("intervals") or {}).get("eer")
    if interval:
        width = interval["high"] - interval["low"]
    else:
        width = 2 * 1.96 * standard_error(rate, bonafide, spoof)
    if width > WIDE:
        yield Finding(
            f"Few trials: with {bonafide:,} bona fide and {spoof:,} spoof utterances, the 95 % "
            f"interval of the EER ({rate:.1%}) is about {100 * width:.0f} points wide (noted above "
            f"{100 * WIDE:.0f}). Smaller differences between systems mean nothing.",
            is_alarm=False,
        )


def standard_error(rate: float, bonafide: int, spoof: int) -> float:
    """Return the standard error of an EER, the mean of two independent error rates.

    This is the normal approximation of Bengio and Mariethoz (2004) at FRR = FAR. Two errors and two
    right decisions are added to each class (Agresti and Coull, 1998), so that a few trials without
    an error do not look certain.
    """
    variance = 0.0
    for trials in (bonafide, spoof):
        share = (rate * trials + 2) / (trials + 4)
        variance += share * (1 - share) / (trials + 4) / 4
    return math.sqrt(variance)
