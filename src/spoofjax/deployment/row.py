"""What `spoofjax score` says of one file, as JSON for programs and as a line for people."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spoofjax.audio.blocks import Recording
from spoofjax.deployment.strip import strip
from spoofjax.deployment.timeline import Span, Timeline
from spoofjax.errors import printable
from spoofjax.evaluation.attribution import attack_in_words
from spoofjax.evaluation.calibration import p_spoof
from spoofjax.evaluation.rule import Rule

SHOWN = 5
"""How many spans a line for people names."""


@dataclass(frozen=True, repr=False)
class Row:
    """The result for one file, or for samples in memory."""

    file: str
    """Its path; '' for samples."""
    score: float | None = None
    """The model's raw score; higher = more bona fide."""
    llr: float | None = None
    """Natural-log likelihood ratio: calibrated, or the score less the threshold on dev."""
    p_spoof: float | None = None
    """P(spoof) at the prior."""
    verdict: str = "unknown"
    """'bonafide', 'spoof' where p_spoof exceeds spoof_above, or 'unknown'."""
    reason: str | None = None
    """Why the verdict is 'unknown' although the file could be read."""
    error: str | None = None
    """Why the file could not be scored."""
    seconds: float | None = None
    """Length of the utterance in seconds."""
    heard: float | None = None
    """How many seconds from the start of the utterance the model hears."""
    pooling: str | None = None
    """How the scores of windows became the score: 'mean', 'lowest' or 'start'."""
    windows: int | None = None
    """Number of windows that were scored."""
    judged_windows: int | None = None
    """Number of windows that hold enough to be judged; only these count."""
    spans: tuple[Span, ...] = ()
    """Parts that look spoofed."""
    attack: str | None = None
    """By which attack a spoof was made, or 'unknown'; only for detectors that trace attacks, and
    for files that are not called bona fide."""
    likeliest_attack: str | None = None
    """The likeliest of the attacks that the detector traces, also where the attack is unknown."""
    attack_score: float | None = None
    """The rejection score; a low one speaks for an attack that is not traced."""
    calibrated: bool = False
    prior: float = 0.5
    """P(bona fide) before listening."""
    cost_miss: float | None = None
    """Cost of rejecting bona fide speech; None where the threshold itself was given."""
    cost_false_alarm: float | None = None
    """Cost of accepting a spoof; None where the threshold itself was given."""
    threshold: float = 0.0
    """The least llr that is called bona fide."""
    spoof_above: float = 0.5
    """The p_spoof above which a file is called a spoof: that of the threshold."""
    timeline: Timeline | None = field(default=None, repr=False, compare=False)
    """The scores of all windows."""

    @property
    def is_judged(self) -> bool:
        """Whether the file could be read and holds enough to be judged."""
        return self.p_spoof is not None

    @property
    def scores_segments(self) -> bool:
        """Whether spans follow from the scores of segments, not from those of windows."""
        return self.timeline is not None and self.timeline.steps is not None

    def __repr__(self) -> str:
        if self.error is not None:
            return f"<not scored: {printable(self.error)}>"
        if self.p_spoof is None:
            return f"<unknown: {self.reason}>"
        calibration = "" if self.calibrated else ", not calibrated"
        return f"<{self.verdict}: P(spoof) {self.p_spoof:.3f}, LLR {self.llr:+.2f}{calibration}>"

    def values(self) -> dict[str, Any]:
        """Return the fields as JSON values, without the timeline."""
        names = (each.name for each in dataclasses.fields(self) if each.name != "timeline")
        values = {name: getattr(self, name) for name in names}
        return {**values, "spans": [span._asdict() for span in self.spans]}

    def to_json(self, *, with_timeline: bool = False) -> str:
        """Return the row as one line of JSON, on request with the scores of all windows."""
        values = self.values()
        if with_timeline:
            values["timeline"] = _moments(self.timeline, self.prior) if self.timeline else None
            if self.timeline is not None and self.timeline.steps is not None:
                values["segments"] = _segments(self.timeline, self.prior)
        return json.dumps(values)


def _moments(timeline: Timeline, prior: float) -> list[dict[str, Any]]:
    """Return what is known of each window, as JSON values; None stands for NaN."""
    probabilities = p_spoof(timeline.llr, prior)
    columns = {
        "start": np.round(timeline.start, 3),
        "end": np.round(timeline.end, 3),
        "score": timeline.score,
        "llr": timeline.llr,
        "p_spoof": probabilities,
    }
    lists = [
        [value if np.isfinite(value) else None for value in column.tolist()]
        for column in columns.values()
    ]
    names = (*columns, "reason")
    return [
        dict(zip(names, values, strict=True))
        for values in zip(*lists, timeline.reasons, strict=True)
    ]


def _segments(timeline: Timeline, prior: float) -> list[dict[str, Any]]:
    """Return the parts of the recording with the same scores of steps, as JSON values."""
    edges, llr = timeline.moments()
    rows = zip(edges[:-1], edges[1:], llr, p_spoof(llr, prior), strict=True)
    return [
        {
            "start": round(float(start), 3),
            "end": round(float(end), 3),
            "llr": float(value) if np.isfinite(value) else None,
            "p_spoof": float(probability) if np.isfinite(probability) else None,
        }
        for start, end, value, probability in rows
    ]


def name_of(source: str | os.PathLike[str] | Recording) -> str:
    """Return what a row calls a file or a recording; JSON has no way to write other bytes."""
    if isinstance(source, Recording):
        return source.name
    return os.fspath(source) if is_utf8(source) else printable(os.fspath(source))


def blank_row(
    source: str | os.PathLike[str] | Recording, rule: Rule, error: str | None = None
) -> Row:
    """Return the row of a file that has no score, with the rule that would have judged it."""
    return Row(
        name_of(source),
        error=error,
        calibrated=rule.is_calibrated,
        prior=rule.prior,
        cost_miss=rule.cost_miss,
        cost_false_alarm=rule.cost_false_alarm,
        threshold=rule.threshold,
        spoof_above=rule.spoof_above,
    )


def is_utf8(path: str | os.PathLike[str]) -> bool:
    """Whether the bytes of a path are UTF-8."""
    try:
        os.fsencode(path).decode()
    except UnicodeDecodeError:
        return False
    return True


def to_line(row: Row, *, with_timeline: bool = False) -> str:
    """Return the row as a line for people, on request with a strip of P(spoof) below it."""
    if with_timeline and row.timeline is not None:
        return f"{to_line(row)}\n{strip(*row.timeline.probabilities(row.prior), row.spoof_above)}"
    file = printable(row.file)
    if row.error is not None:
        return f"{file}: not scored: {printable(row.error)}"
    if row.p_spoof is None:
        return f"{file}: unknown: {row.reason}"
    return (
        f"{file}: {row.verdict}  P(spoof) {row.p_spoof:.3f} (limit {row.spoof_above:.3f} at prior "
        f"{row.prior:g})  score {row.score:+.3f}"
        + ("" if row.calibrated else "  not calibrated")
        + _spoofed(row)
        + attack_in_words(row.attack, row.likeliest_attack)
    )


def _spoofed(row: Row) -> str:
    """Say which parts look spoofed, where that is not all of the file."""
    parts = [f"{span.start:.1f}-{span.end:.1f} s" for span in row.spans]
    if not parts or (len(parts) == 1 and row.windows == 1 and not row.scores_segments):
        return ""
    more = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    what = "spoofed segments" if row.scores_segments else "spoofed"
    return f"  {what}: {', '.join(parts[:SHOWN])}{more}"
