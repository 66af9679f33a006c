"""Everything that a comparison of systems says, from their scores of one split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from spoofjax.evaluation.agreement import Agreement, agreement
from spoofjax.evaluation.breakdown import MAIN_COLUMNS
from spoofjax.evaluation.comparison import (
    Comparison,
    Condition,
    Pair,
    Resampling,
    Systems,
    compare_by,
    compare_systems,
)
from spoofjax.evaluation.fusing_gain import FusionGain, fusion_gains
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.resampling import few_speakers, lone_speaker

UTTERANCES, SPEAKERS = "utterances", "speakers"
"""What is resampled."""


@dataclass(frozen=True)
class FullComparison:
    """Systems compared over all utterances, over conditions, and by what they have in common.

    `overall` holds a comparison for each metric, by what was resampled. `fusions` are empty where
    the scores of dev are missing.
    """

    overall: Mapping[str, Mapping[str, Comparison]]
    by: Mapping[str, Sequence[Condition]]
    agreements: Sequence[Agreement]
    fusions: Sequence[FusionGain]
    notes: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "overall": {
                over: {metric: _json(one) for metric, one in metrics.items()}
                for over, metrics in self.overall.items()
            },
            "by": {
                group: [
                    {**one.values, "bonafide": one.bonafide, "spoof": one.spoof}
                    | _json(one.comparison)
                    for one in conditions
                ]
                for group, conditions in self.by.items()
            },
            "agreement": [asdict(one) for one in self.agreements],
            "fusion": [{**asdict(gain), "pair": _pair_json(gain.pair)} for gain in self.fusions],
            "notes": list(self.notes),
        }


def compare_fully(
    systems: Systems,
    keys: Keys,
    how: Resampling,
    *,
    metrics: Sequence[str] = ("eer",),
    groups: Sequence[str] | None = None,
    dev: Systems | None = None,
    dev_labels: np.ndarray | None = None,
) -> FullComparison:
    """Compare systems in every way; `how` says what is resampled, its speakers aside.

    Utterances are resampled, and speakers too where the keys have at least two of each class.
    `groups` are those of `compare_by`, by default attack, codec and language where they vary. `dev`
    holds the scores of dev of the systems without several seeds, from which fusions are trained;
    systems with several seeds are neither fused nor asked for what they have in common. Raises
    ScoreError as `compare_systems` and `compare_by` do.
    """
    labels, notes = keys.label, []
    over = {UTTERANCES: replace(how, speakers=None)}
    speakers = keys.columns.get("speaker")
    if speakers is not None:
        problem = lone_speaker(speakers.codes, labels)
        if not problem:
            over = {SPEAKERS: replace(how, speakers=speakers.codes), **over}
        notes += [text for text in (problem or few_speakers(speakers.codes, labels),) if text]
    if groups is None:
        groups = [name for name in MAIN_COLUMNS if _varies(keys, name)]
    single = {name: scores for name, scores in systems.items() if np.ndim(scores) == 1}
    fusions: list[FusionGain] = []
    if len(single) > 1 and dev is not None and dev_labels is not None:
        fusions = fusion_gains(dev, dev_labels, single, labels, over[UTTERANCES])
    return FullComparison(
        {
            name: {metric: compare_systems(systems, labels, metric, one) for metric in metrics}
            for name, one in over.items()
        },
        {
            group: compare_by(systems, labels, keys.columns, group, "eer", over[UTTERANCES])
            for group in groups
        },
        [
            agreement((first, second), single[first], single[second], labels)
            for first, second in combinations(single, 2)
        ],
        fusions,
        notes,
    )


def _varies(keys: Keys, name: str) -> bool:
    return name in keys.columns and len(np.unique(keys.columns[name].codes[keys.label == 0])) > 1


def _json(comparison: Comparison) -> dict[str, Any]:
    return {
        "systems": {name: asdict(one) for name, one in comparison.systems.items()},
        "pairs": [_pair_json(pair) for pair in comparison.pairs],
    }


def _pair_json(pair: Pair) -> dict[str, Any]:
    return {**asdict(pair), "winner": pair.winner or None}
