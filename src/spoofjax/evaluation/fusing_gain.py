"""What fusing systems would bring: a fusion trained on dev, against the best of its systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from spoofjax.evaluation.comparison import BY_UTTERANCE, Pair, Resampling, compare_systems
from spoofjax.evaluation.fusion import fit_fusion
from spoofjax.evaluation.metrics import headline

PLUS = " + "
"""Stands between the names of fused systems."""


@dataclass(frozen=True)
class FusionGain:
    """The fusion of some systems, compared with the one of them that is best on dev.

    `pair` is the fusion minus that system, on the utterances that are tested.
    """

    fused: tuple[str, ...]
    weights: tuple[float, ...]
    value: float
    pair: Pair


def fusion_gains(
    dev: Mapping[str, np.ndarray],
    dev_labels: np.ndarray,
    tested: Mapping[str, np.ndarray],
    labels: np.ndarray,
    how: Resampling = BY_UTTERANCE,
) -> list[FusionGain]:
    """Return the gain of every pair of systems, and of all if there are more than two, in EER.

    Scores are float (utterances,) by system. The weights come from a prior-weighted logistic
    regression on dev, see `fit_fusion`. The intervals hold for all fusions at once. The fusion with
    the lowest EER comes first. Raises ScoreError as `compare_systems` does.
    """
    names = list(tested)
    groups = [*combinations(names, 2), *([tuple(names)] if len(names) > 2 else [])]
    rates = {name: headline(dev[name], dev_labels)["eer"] for name in names}
    systems, weights, pairs = dict(tested), {}, []
    for group in groups:
        fusion = fit_fusion(np.stack([dev[n] for n in group], axis=1), dev_labels, "logistic")
        title = PLUS.join(group)
        systems[title] = fusion(np.stack([tested[n] for n in group], axis=1))
        weights[title] = fusion.weights
        pairs.append((title, min(group, key=lambda name: rates[name])))
    compared = compare_systems(systems, labels, "eer", how, pairs)
    gains = [
        FusionGain(group, weights[pair.first], compared.systems[pair.first].value, pair)
        for group, pair in zip(groups, compared.pairs, strict=True)
    ]
    return sorted(gains, key=lambda gain: gain.value)
