"""How well a detector tells what was left out of its training, from the scores of several seeds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spoofjax.evaluation.bootstrap import Interval
from spoofjax.evaluation.comparison import compare_systems
from spoofjax.evaluation.metrics import eer


@dataclass(frozen=True)
class LeftOut:
    """The EER on one value that was left out."""

    value: str
    bonafide: int
    spoof: int
    seeds: tuple[float, ...]
    """The EER of each seed."""
    eer: Interval
    """Their mean, with a 95 % interval over utterances and, with several seeds, over seeds."""

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return asdict(self)


def left_out_result(value: str, scores: np.ndarray, labels: np.ndarray) -> LeftOut:
    """Return the result from scores (seeds, utterances) and labels, 1 bona fide and 0 spoof.

    The interval is that of `compare_systems`. Raises ScoreError as the metrics do.
    """
    is_bonafide = labels == 1
    eers = tuple(eer(of_seed[is_bonafide], of_seed[~is_bonafide])[0] for of_seed in scores)
    interval = compare_systems({value: scores}, labels, "eer").systems[value]
    counts = int(is_bonafide.sum()), int((~is_bonafide).sum())
    return LeftOut(value, *counts, eers, interval)


def mean_eer(results: list[LeftOut]) -> float:
    """Return the mean of the EERs over all values that were left out."""
    return float(np.mean([result.eer.value for result in results]))
