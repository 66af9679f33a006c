"""What `spoofjax score` says of one file, as JSON for programs and as a line for people."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass

from spoofjax.errors import printable
from spoofjax.evaluation.rule import Rule


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

    @property
    def is_judged(self) -> bool:
        """Whether the file could be read and holds enough to be judged."""
        return self.p_spoof is not None

    def __repr__(self) -> str:
        if self.error is not None:
            return f"<not scored: {printable(self.error)}>"
        if self.p_spoof is None:
            return f"<unknown: {self.reason}>"
        calibration = "" if self.calibrated else ", not calibrated"
        return f"<{self.verdict}: P(spoof) {self.p_spoof:.3f}, LLR {self.llr:+.2f}{calibration}>"

    def to_json(self) -> str:
        """Return the row as one line of JSON."""
        return json.dumps(dataclasses.asdict(self))


def blank_row(file: str | os.PathLike[str], rule: Rule, error: str | None = None) -> Row:
    """Return the row of a file that has no score, with the rule that would have judged it."""
    name = os.fspath(file)
    if not is_utf8(file):
        name = printable(name)  # JSON has no way to write it
    return Row(
        name,
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


def to_line(row: Row) -> str:
    """Return the row as a line for people."""
    file = printable(row.file)
    if row.error is not None:
        return f"{file}: not scored: {printable(row.error)}"
    if row.p_spoof is None:
        return f"{file}: unknown: {row.reason}"
    return (
        f"{file}: {row.verdict}  P(spoof) {row.p_spoof:.3f} (limit {row.spoof_above:.3f} at prior "
        f"{row.prior:g})  score {row.score:+.3f}" + ("" if row.calibrated else "  not calibrated")
    )
