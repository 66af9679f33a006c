"""What the rows of `spoofjax score` depend on: a detector, a rule and options."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.listener import Source
    from spoofjax.deployment.row import Row
    from spoofjax.deployment.row_file import Earlier
    from spoofjax.evaluation.pooling import Pooling
    from spoofjax.evaluation.rule import Rule


class Judge(NamedTuple):
    """A detector with all that its rows depend on."""

    detector: Detector
    rule: Rule
    options: argparse.Namespace

    @property
    def pooling(self) -> Pooling:
        """How the scores of windows become that of a file."""
        return self.options.pooling or self.detector.pooling

    @property
    def heard(self) -> str:
        """What is heard of a file, and how its score comes about, in one line."""
        from spoofjax.audio.clips import most_samples
        from spoofjax.deployment.listening import hop_samples

        rate = self.detector.experiment.front_end.rate
        window = f"{most_samples(self.detector.experiment.clip) / rate:.3g} s"
        views = self.detector.views
        copies = f"; each with {views - 1} changed copies of it" if views > 1 else ""
        if self.pooling == "start":
            return f"heard: the first {window} of each file{copies}"
        hop = hop_samples(self.detector, self.options.hop) / rate
        return (
            f"heard: windows of {window}, every {hop:.3g} s{copies}; a file has their "
            f"{self.pooling} score"
        )

    def rows(self, sources: Sequence[Source]) -> Iterator[Row]:
        """Yield the row of each source."""
        from spoofjax.deployment.scoring import score_files

        return score_files(
            self.detector,
            sources,
            self.rule,
            self.options.threads,
            streams=set(self.options.paths),
            pooling=self.pooling,
            hop=self.options.hop,
        )


def rule_of(decision: Mapping[str, Any], options: argparse.Namespace) -> Rule:
    """Return the rule of a decision, with what options state in its place. Raises ConfigError."""
    from spoofjax.evaluation.rule import Rule

    return Rule.of(
        decision,
        prior=options.prior,
        cost_miss=options.cost_miss,
        cost_false_alarm=options.cost_false_alarm,
        threshold=options.threshold,
    )


def require_same(earlier: Earlier, judge: Judge, out: Path) -> None:
    """Raise ConfigError where the rows of a file come from another detector or other options.

    The first file that has a score is scored again, unless it is gone.
    """
    if earlier.example is None or not Path(earlier.example["file"]).is_file():
        return
    [row] = judge.rows([Path(earlier.example["file"])])
    for name in ("score", "threshold", "prior"):
        before, now = float(earlier.example[name]), getattr(row, name)
        if now is None or not abs(before - now) <= 1e-3 * max(1.0, abs(before)):
            raise ConfigError(
                f"{out} was written by another detector or with other options: the {name} of "
                f"{row.file} is {before:.6g} there and {now} now. Choose another --out."
            )
