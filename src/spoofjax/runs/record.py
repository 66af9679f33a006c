"""The results of a run, read from its folder: metrics, scores, history and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.errors import RunError
from spoofjax.evaluation.decision import to_llr
from spoofjax.evaluation.keys import Keys
from spoofjax.runs.folder import RunFolder, read_json
from spoofjax.runs.history import read_metrics
from spoofjax.runs.scores import read_split

SPLITS = ("dev", "eval", "train")
"""The splits that a run may have results for, in the order of a report."""


@dataclass(frozen=True, eq=False)
class Judged:
    """One scored split; `score` and `llr` are float64 (utterances,) in the order of `keys`."""

    metrics: Mapping[str, Any]
    keys: Keys
    score: np.ndarray
    llr: np.ndarray

    @property
    def classes(self) -> tuple[np.ndarray, np.ndarray]:
        """Raw scores of the bona fide and of the spoof utterances."""
        return self.score[self.keys.label == 1], self.score[self.keys.label == 0]


@dataclass(frozen=True, eq=False)
class RunRecord:
    """The contents of a run folder; a missing file gives an empty mapping."""

    folder: Path
    name: str
    metrics: Mapping[str, Mapping[str, Any]]
    judged: Mapping[str, Judged]
    history: tuple[Mapping[str, Any], ...]
    config: Mapping[str, Any]
    environment: Mapping[str, Any]
    decision: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> RunRecord:
        """Read a run folder. Raises RunError if it holds no run or a file is damaged."""
        run = RunFolder(folder)
        config = _json(run.config)
        if not config:
            raise RunError(f"{folder} holds no run (no {run.config.name} in it).")
        decision = _json(run.decision)
        metrics = {split: values for split in SPLITS if (values := _json(run.split_metrics(split)))}
        judged = {}
        for split, values in metrics.items():
            if decision and run.key(values["corpus"], split).is_file():
                scores, keys = read_split(run, values["corpus"], split)
                judged[split] = Judged(values, keys, scores.score, to_llr(decision, scores.score))
        return cls(
            folder=folder,
            name=folder.resolve().name,
            metrics=metrics,
            judged=judged,
            history=tuple(read_metrics(run.metrics)),
            config=config,
            environment=_json(run.environment),
            decision=decision,
        )

    def stale(self, split: str) -> list[str]:
        """Return a warning if a split was evaluated before the run's decision last changed."""
        if not self.decision or self.decision["threshold"] == self.metrics[split]["threshold"]:
            return []
        return [
            "The decision has changed since this split was evaluated, so its verdicts, actDCF and "
            f"Cllr are out of date: run `spoofjax evaluate {self.folder} --split {split}`."
        ]


def distinct_names(folders: list[Path]) -> list[str]:
    """Return a short name for each folder: its own, with as many parents as make it unique."""
    parts = [folder.resolve().parts for folder in folders]
    for depth in range(1, max(len(p) for p in parts) + 1):
        names = ["/".join(p[-depth:]) for p in parts]
        if len(set(names)) == len(names):
            return names
    raise RunError("The same run is named twice; name each once.")


def _json(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}
