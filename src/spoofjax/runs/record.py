"""What a run left behind, read from its folder: numbers, scores, history, settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.errors import RunError
from spoofjax.evaluation.keys import Keys
from spoofjax.runs.scores import key_path, read_split, to_llr

SPLITS = ("dev", "eval", "train")
"""The splits that a run may have results of, in the order of a report."""


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
    """The files of a run; what is absent is empty."""

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
        """Read a run folder. Raises RunError where it is none or a file of it is damaged."""
        config = _json(folder / "config.json")
        if not config:
            raise RunError(f"{folder} holds no run (no config.json in it).")
        decision = _json(folder / "decision.json")
        metrics = {
            split: found
            for split in SPLITS
            if (found := _json(folder / "report" / f"metrics.{split}.json"))
        }
        judged = {}
        for split, values in metrics.items():
            if decision and key_path(folder, values["corpus"], split).is_file():
                scores, keys = read_split(folder, values["corpus"], split)
                judged[split] = Judged(values, keys, scores.score, to_llr(decision, scores.score))
        return cls(
            folder=folder,
            name=folder.resolve().name,
            metrics=metrics,
            judged=judged,
            history=tuple(_lines(folder / "metrics.jsonl")),
            config=config,
            environment=_json(folder / "environment.json"),
            decision=decision,
        )

    def stale(self, split: str) -> list[str]:
        """Return a warning where a split was judged before the run's decision last changed."""
        if not self.decision or self.decision["threshold"] == self.metrics[split]["threshold"]:
            return []
        return [
            "The decision has changed since this split was judged, so its decisions, actDCF and "
            f"Cllr are out of date: run `spoofjax evaluate {self.folder} --split {split}`."
        ]


def distinct_names(folders: list[Path]) -> list[str]:
    """Return a short name for each folder: its own, with as many parents as tell them apart."""
    parts = [folder.resolve().parts for folder in folders]
    for depth in range(1, max(len(p) for p in parts) + 1):
        names = ["/".join(p[-depth:]) for p in parts]
        if len(set(names)) == len(names):
            return names
    raise RunError("The same run is named twice; name each once.")


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise RunError(f"{path} is damaged: {error}.") from error


def _lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines; a last one cut short by a kill, and what follows it, is left out."""
    rows = []
    for line in path.read_text().splitlines() if path.is_file() else ():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows
