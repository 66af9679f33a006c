"""The result of validating a corpus, as text for people and as JSON for machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from spoofjax.corpora.problems import Problem, Severity

EXAMPLES = 5
"""How many examples a problem keeps."""


@dataclass
class Report:
    """The outcome of `validate`."""

    corpus: str
    splits: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Counts of each split, with 'hours' where the audio was read."""
    found: list[Problem] = field(default_factory=list)

    def add(
        self, severity: Severity, kind: str, split: str, found: str, remedy: str, **more: Any
    ) -> None:
        """Add a problem; `more` are file, line, count and examples."""
        file = more.pop("file", "")
        self.found.append(
            Problem(kind, file, found, remedy, severity=severity, split=split, **more)
        )

    @property
    def status(self) -> int:
        """Exit status: 1 where there is an error or a warning, else 0 (notes do not count)."""
        return int(any(finding.severity != "note" for finding in self.found))

    def kinds(self) -> list[str]:
        """Return the kinds of errors and warnings, sorted, each once."""
        return sorted({f.kind for f in self.found if f.severity != "note"})

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        found = [asdict(finding) for finding in self.found]
        return {
            "corpus": self.corpus,
            "status": self.status,
            "splits": self.splits,
            "findings": found,
        }

    def summary(self) -> str:
        """Return a text that a person can act on: the splits, then what is wrong, worst first."""
        lines = []
        for name, counts in self.splits.items():
            hours = f", {counts['hours']:.2f} h" if "hours" in counts else ""
            unknown = f", {counts['unknown']:,} unlabelled" if counts["unknown"] else ""
            lines.append(
                f"{name}: {counts['bonafide']:,} bona fide and {counts['spoof']:,} spoof{unknown}, "
                f"{counts['speakers']:,} speakers, {len(counts['attacks'])} attacks{hours}"
            )
        for severity in ("error", "warning", "note"):
            for f in (f for f in self.found if f.severity == severity):
                lines.append(f"{severity:7s} {f.split:5s} {f.kind}: {f}")
                lines += [f"              {example}" for example in f.examples[:EXAMPLES]]
        totals = Counter(f.severity for f in self.found)
        if self.status:
            lines.append(f"{totals['error']} errors, {totals['warning']} warnings in {self.corpus}")
        else:
            lines.append(f"nothing wrong with {self.corpus}")
        return "\n".join(lines)
