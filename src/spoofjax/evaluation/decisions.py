"""Right and wrong decisions at a threshold: their counts, and rates computed from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spoofjax.evaluation.ranked import Ranked


@dataclass(frozen=True)
class Decisions:
    """Counts of decisions. Rates are fractions, and None where they would be 0 / 0."""

    bonafide_accepted: int
    bonafide_rejected: int
    spoof_accepted: int
    spoof_rejected: int

    @classmethod
    def at(cls, ranked: Ranked, threshold: float) -> Decisions:
        """Decide bona fide at score >= threshold."""
        missed, accepted = ranked.missed(threshold), ranked.accepted(threshold)
        return cls(
            bonafide_accepted=len(ranked.bonafide) - missed,
            bonafide_rejected=missed,
            spoof_accepted=accepted,
            spoof_rejected=len(ranked.spoof) - accepted,
        )

    @property
    def bonafide(self) -> int:
        """Bona fide trials."""
        return self.bonafide_accepted + self.bonafide_rejected

    @property
    def spoof(self) -> int:
        """Spoof trials."""
        return self.spoof_accepted + self.spoof_rejected

    @property
    def accepted(self) -> int:
        """Trials decided to be bona fide."""
        return self.bonafide_accepted + self.spoof_accepted

    @property
    def rejected(self) -> int:
        """Trials decided to be spoof."""
        return self.bonafide_rejected + self.spoof_rejected

    @property
    def accuracy(self) -> float:
        """Share of right decisions, which means little where one class is rare."""
        return (self.bonafide_accepted + self.spoof_rejected) / (self.bonafide + self.spoof)

    @property
    def accuracy_always_spoof(self) -> float:
        """The accuracy of calling everything spoof, for comparison with `accuracy`."""
        return self.spoof / (self.bonafide + self.spoof)

    @property
    def recall_bonafide(self) -> float:
        """Share of bona fide trials that are accepted."""
        return self.bonafide_accepted / self.bonafide

    @property
    def recall_spoof(self) -> float:
        """Share of spoof trials that are rejected."""
        return self.spoof_rejected / self.spoof

    @property
    def balanced_accuracy(self) -> float:
        """Mean of both recalls: 0.5 for a detector that always gives the same answer."""
        return (self.recall_bonafide + self.recall_spoof) / 2

    @property
    def precision_bonafide(self) -> float | None:
        """Share of accepted trials that are bona fide."""
        return _ratio(self.bonafide_accepted, self.accepted)

    @property
    def precision_spoof(self) -> float | None:
        """Share of rejected trials that are spoof."""
        return _ratio(self.spoof_rejected, self.rejected)

    @property
    def f1_bonafide(self) -> float:
        """F1 with bona fide as the positive class."""
        wrong = self.bonafide_rejected + self.spoof_accepted
        return 2 * self.bonafide_accepted / (2 * self.bonafide_accepted + wrong)

    @property
    def f1_spoof(self) -> float:
        """F1 with spoof as the positive class."""
        wrong = self.bonafide_rejected + self.spoof_accepted
        return 2 * self.spoof_rejected / (2 * self.spoof_rejected + wrong)

    def summary(self) -> dict[str, Any]:
        """Return the rates and the confusion counts as JSON values."""
        return {
            "accuracy": self.accuracy,
            "accuracy_always_spoof": self.accuracy_always_spoof,
            "balanced_accuracy": self.balanced_accuracy,
            "precision_bonafide": self.precision_bonafide,
            "recall_bonafide": self.recall_bonafide,
            "f1_bonafide": self.f1_bonafide,
            "precision_spoof": self.precision_spoof,
            "recall_spoof": self.recall_spoof,
            "f1_spoof": self.f1_spoof,
            "confusion": {
                "bonafide_accepted": self.bonafide_accepted,
                "bonafide_rejected": self.bonafide_rejected,
                "spoof_accepted": self.spoof_accepted,
                "spoof_rejected": self.spoof_rejected,
            },
        }


def _ratio(part: int, total: int) -> float | None:
    return part / total if total else None
