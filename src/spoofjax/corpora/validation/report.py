"""The result of validating a corpus, as text for people and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from spoofjax.corpora.problems import Problem, Severity
from spoofjax.errors import printable

EXAMPLES = 5
"""How many examples a problem keeps."""


@dataclass
class Report:
    """The outcome of `validate`."""

    corpus: str
    splits: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Counts of each split, with 'hours' where the audio was read."""
    problems: list[Problem] = field(default_factory=list)

    def add(
        self, severity: Severity, kind: str, split: str, message: str, remedy: str, **fields: Any
    ) -> None:
        """Add a problem; `fields` may be file, line, count and examples."""
        file = fields.pop("file", "")
        self.problems.append(
            Problem(kind, file, message, remedy, severity=severity, split=split, **fields)
        )

    @property
    def status(self) -> int:
        """Exit status: 1 where there is an error or a warning, else 0 (notes do not count)."""
        return int(any(problem.severity != "note" for problem in self.problems))

    def kinds(self) -> list[str]:
        """Return the kinds of errors and warnings, sorted, each once."""
        return sorted({p.kind for p in self.problems if p.severity != "note"})

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        findings = []
        for problem in self.problems:
            values = asdict(problem)
            values["found"] = values.pop("message")  # the key that programs know
            findings.append(values)
        return {
            "corpus": self.corpus,
            "status": self.status,
            "splits": self.splits,
            "findings": findings,
        }

    def summary(self) -> str:
        """Return a text that a person can act on: the splits, then what is wrong, worst first."""
        lines = []
        for name, counts in self.splits.items():
            hours = f", {counts['hours']:.2f} h" if "hours" in counts else ""
            unknown = f", {counts['unknown']:,} unlabelled" if counts["unknown"] else ""
            lines.append(
                f"{printable(name)}: {counts['bonafide']:,} bona fide and {counts['spoof']:,} spoof"
                f"{unknown}, "
                f"{counts['speakers']:,} speakers, {len(counts['attacks'])} attacks{hours}"
            )
        lines += self.findings()
        totals = Counter(p.severity for p in self.problems)
        if self.status:
            counts = f"{totals['error']} errors, {totals['warning']} warnings"
            lines.append(f"{counts} in {printable(self.corpus)}")
        else:
            lines.append(f"nothing wrong with {printable(self.corpus)}")
        return "\n".join(lines)

    def findings(self) -> list[str]:
        """Return the lines that say what is wrong, and the notes, worst first."""
        lines = []
        for severity in ("error", "warning", "note"):
            for p in (p for p in self.problems if p.severity == severity):
                lines.append(f"{severity:7s} {p.split:5s} {p.kind}: {printable(str(p))}")
                lines += [f"              {printable(e)}" for e in p.examples[:EXAMPLES]]
        return lines
