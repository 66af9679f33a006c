"""The results of a run, read from its folder: metrics, scores, history and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.errors import RunError
from spoofjax.evaluation.decision import to_llr
from spoofjax.evaluation.keys import Keys
from spoofjax.json_files import read_json
from spoofjax.runs.attributions import Attributions, read_attributions
from spoofjax.runs.documents import Decision, SplitMetrics
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.history import read_metrics
from spoofjax.runs.results import Results, all_elsewhere, own_results
from spoofjax.runs.scores import read_labelled

SPLITS = ("dev", "eval", "train")
"""The splits that a run may have results for, in the order of a report."""


@dataclass(frozen=True, eq=False)
class ScoredSplit:
    """One scored split; `score` and `llr` are float64 (utterances,) in the order of `keys`."""

    metrics: Mapping[str, Any]
    keys: Keys
    score: np.ndarray
    llr: np.ndarray
    attributions: Attributions | None = None
    """The likeliest attack of every utterance, in the order of `keys`; None without tracing."""

    @property
    def classes(self) -> tuple[np.ndarray, np.ndarray]:
        """Raw scores of the bona fide and of the spoof utterances."""
        return self.score[self.keys.label == 1], self.score[self.keys.label == 0]


@dataclass(frozen=True, eq=False)
class RunRecord:
    """The contents of a run folder; a missing file gives an empty mapping.

    `metrics` and `scored` are by title: 'eval' is the run's own split, 'eval of in_the_wild' that
    of another corpus.
    """

    folder: Path
    name: str
    metrics: Mapping[str, Mapping[str, Any]]
    scored: Mapping[str, ScoredSplit]
    history: tuple[Mapping[str, Any], ...]
    config: Mapping[str, Any]
    environment: Mapping[str, Any]
    decision: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> RunRecord:
        """Read a run folder. Raises RunError if it holds no run or a file is damaged."""
        run = RunFolder(folder)
        config = _json(run.require().config)
        decision = _json(run.decision, Decision)
        metrics, scored = {}, {}
        for place in _places(run):
            metrics[place.title] = values = read_json(place.metrics, SplitMetrics)
            if decision and place.key.is_file():
                scores, keys = read_labelled(place.scores, place.key)
                llr = to_llr(decision, scores.score)
                traced = _attributions(place, keys)
                scored[place.title] = ScoredSplit(values, keys, scores.score, llr, traced)
        return cls(
            folder=folder,
            name=folder.resolve().name,
            metrics=metrics,
            scored=scored,
            history=tuple(read_metrics(run.metrics)),
            config=config,
            environment=_json(run.environment),
            decision=decision,
        )

    def stale(self, title: str) -> list[str]:
        """Return a warning if a split was evaluated before the run's decision last changed."""
        if not self.decision or self.decision["threshold"] == self.metrics[title]["threshold"]:
            return []
        return [
            "The decision has changed since this split was evaluated, so its verdicts, actDCF and "
            f"Cllr are out of date: {self.how_to_evaluate(title)}."
        ]

    def how_to_evaluate(self, title: str) -> str:
        """Return in words how to evaluate a split again."""
        if title in SPLITS:
            return f"run `spoofjax evaluate {self.folder} --split {title}`"
        return f"run `spoofjax evaluate {self.folder} --corpus PATH` with that corpus"


def _places(run: RunFolder) -> Iterator[Results]:
    """Yield the splits that have metrics, the run's own first."""
    for split in SPLITS:
        path = run.split_metrics(split)
        if path.is_file():
            yield own_results(run, run.read_metrics(split)["corpus"], split)
    yield from (place for place in all_elsewhere(run) if place.metrics.is_file())


def _attributions(place: Results, keys: Keys) -> Attributions | None:
    """Return the traced attacks of a split. Raises RunError where they are of other utterances."""
    if not place.attributions.is_file():
        return None
    attributions = read_attributions(place.attributions)
    if not np.array_equal(attributions.ids, keys.ids):
        raise RunError(
            f"{place.attributions} is about other utterances than {place.key}. Evaluate the split "
            "again."
        )
    return attributions


def distinct_names(folders: list[Path]) -> list[str]:
    """Return a short name for each folder: its own, with as many parents as make it unique."""
    parts = [folder.resolve().parts for folder in folders]
    for depth in range(1, max(len(p) for p in parts) + 1):
        names = ["/".join(p[-depth:]) for p in parts]
        if len(set(names)) == len(names):
            return names
    raise RunError("The same run is named twice; name each once.")


def _json(path: Path, shape: Any = dict[str, Any]) -> dict[str, Any]:
    return read_json(path, shape) if path.is_file() else {}
