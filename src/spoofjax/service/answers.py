"""What the service answers about a recording, as JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from spoofjax.deployment.timeline import Span, Timeline
from spoofjax.evaluation.attribution import Attribution, attack_fields
from spoofjax.evaluation.pooling import Pooling
from spoofjax.evaluation.rule import Rule

LIMITS = (
    "A detector can be wrong, most of all about attacks, languages and channels that it did not "
    "hear in training. Treat its answer as one piece of evidence."
)
"""What a verdict is worth, for people."""


def answer_of(timeline: Timeline, rule: Rule, pooling: Pooling) -> dict[str, Any]:
    """Return the verdict on a recording, its timeline and the spans that look spoofed."""
    score, llr = timeline.pooled(pooling), timeline.pooled_llr(pooling)
    verdict, spans = judged(score, llr, timeline.reason, rule), timeline.spans(rule)
    return {
        **verdict,
        **attack_of(verdict, timeline.attribution()),
        "sentence": sentence(verdict, spans, timeline.heard),
        "limits": LIMITS,
        "pooling": pooling,
        "seconds": round(timeline.seconds, 3),
        "heard": round(timeline.heard, 3),
        "calibrated": rule.is_calibrated,
        "prior": rule.prior,
        "threshold": rule.threshold,
        "spoof_above": rule.spoof_above,
        "timeline": _windows(timeline, rule),
        "spans": [
            {
                "start": round(span.start, 3),
                "end": round(span.end, 3),
                "llr": span.llr,
                "p_spoof": span.p_spoof,
            }
            for span in spans
        ],
    }


def judged(score: float, llr: float, reason: str | None, rule: Rule) -> dict[str, Any]:
    """Return verdict, reason, score, llr and p_spoof, as `spoofjax score` does."""
    if reason is None and not math.isfinite(score):
        reason = f"the model gave the score {score}"
    if reason is not None:
        value = score if math.isfinite(score) else None
        return {
            "verdict": "unknown", "reason": reason, "score": value, "llr": None, "p_spoof": None,
        }  # fmt: skip
    verdict = rule.verdict(llr)
    if verdict == "unknown":
        reason = "no verdict costs least here (abstain band)"
    return {
        "verdict": verdict,
        "reason": reason,
        "score": score,
        "llr": llr,
        "p_spoof": rule.p_spoof(llr),
    }


def attack_of(verdict: Mapping[str, Any], attribution: Attribution | None) -> dict[str, Any]:
    """Return attack, likeliest_attack and attack_score of what `judged` returned."""
    return attack_fields(None if verdict["p_spoof"] is None else attribution, verdict["verdict"])


def sentence(verdict: Mapping[str, Any], spans: Sequence[Span] = (), heard: float = 0.0) -> str:
    """Return a verdict in one sentence for people.

    It names the span that looks spoofed, the longest of several, unless that is all of the `heard`
    seconds.
    """
    if verdict["p_spoof"] is None:
        return f"This recording cannot be judged: {verdict['reason']}."
    words = {
        "spoof": "sounds synthetic or converted",
        "bonafide": "sounds like a person speaking",
        "unknown": "is too close to call",
    }
    text = f"This recording {words[verdict['verdict']]}: "
    text += f"the probability of a spoof is {_percent(verdict['p_spoof'])}"
    longest = max(spans, key=lambda span: span.end - span.start, default=None)
    if longest is not None and longest.end - longest.start < heard - 0.1:
        part = f"from {longest.start:.1f} to {longest.end:.1f} s"
        text += f"; {part} it is {_percent(longest.p_spoof)}"
    return f"{text}."


def _percent(share: float) -> str:
    if share < 0.01:
        return "below 1%"
    return "above 99%" if share > 0.99 else f"{share:.0%}"


def _windows(timeline: Timeline, rule: Rule) -> list[dict[str, Any]]:
    columns = (timeline.start, timeline.end, timeline.score, timeline.llr)
    rows = zip(*(column.tolist() for column in columns), timeline.reasons, strict=True)
    return [
        {"start": round(start, 3), "end": round(end, 3), **judged(score, llr, reason, rule)}
        for start, end, score, llr, reason in rows
    ]
