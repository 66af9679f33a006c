"""Systems that are compared or fused: finished runs, and score files of any system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.errors import RunError, ScoreError
from spoofjax.evaluation.keys import Keys, read_keys
from spoofjax.evaluation.scores import join, read_scores
from spoofjax.json_files import read_json
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.record import distinct_names
from spoofjax.runs.results import Results, all_elsewhere, own_results


class Joined(NamedTuple):
    """The scores that several systems gave the same utterances."""

    corpus: str
    keys: Keys
    scores: np.ndarray
    """float64 (utterances, systems)."""


class System(NamedTuple):
    """A run, or the score files of another system by split; `run` is None for the latter."""

    path: Path
    run: RunFolder | None
    files: Mapping[str, Path]

    def has(self, split: str) -> bool:
        """Whether there are scores of a split."""
        if self.run is None:
            return split in self.files
        return self.run.split_metrics(split).is_file()

    def results(self, split: str, corpus: str = "") -> Results:
        """Return the files of a run's results on a split, of another `corpus` if one is named.

        Raises RunError where there are none, and for a system that is no run.
        """
        if self.run is None:
            raise RunError(f"{self.path} is a score file, which has no key: add --keys KEY.")
        own = self.run.read_metrics(split)["corpus"] if self.has(split) else ""
        if own and corpus in ("", own):
            return own_results(self.run, own, split)
        for place in all_elsewhere(self.run) if corpus else ():
            if place.origin and (place.origin["corpus"], place.split) == (corpus, split):
                return place
        of = f"{split} of {corpus}" if corpus else split
        remedy = f"--corpus PATH --split {split}" if corpus else f"--split {split}"
        raise RunError(
            f"{self.run.path} has no scores of {of}: `spoofjax evaluate {self.run.path} {remedy}` "
            "makes them."
        )

    def scores(self, split: str, corpus: str = "") -> Path:
        """Return the score file of a split. Raises RunError where there is none."""
        if self.run is not None:
            return self.results(split, corpus).scores
        if split not in self.files:
            raise RunError(f"{self.path} has no scores of {split}: name both files, DEV:EVAL.")
        return self.files[split]


def system_of(text: str, split: str) -> System:
    """Return the system that a command line names.

    RUN is a finished run, DEV:EVAL two score files, and FILE the scores of `split`. Raises RunError
    for anything else.
    """
    path = Path(text)
    if path.is_dir():
        return System(path, RunFolder(path).require(), {})
    if path.is_file():
        return System(path, None, {split: path})
    dev, _, evaluated = (Path(part).expanduser() for part in text.rpartition(":"))
    if text.count(":") and dev.is_file() and evaluated.is_file():
        return System(evaluated, None, {"dev": dev, "eval": evaluated})
    raise RunError(
        f"{text} is neither the folder of a run nor a score file, nor two of them as DEV:EVAL."
    )


def key_files(text: str | None, split: str) -> dict[str, Path]:
    """Return the key of each split that --keys names: KEY for `split`, or DEV:EVAL."""
    return dict(system_of(text, split).files) if text else {}


def join_systems(
    systems: Sequence[System], split: str, key: Path | None = None, corpus: str = ""
) -> Joined:
    """Return the scores of a split by several systems, in the order of their common key.

    That is `key`, or else the key of the first run. Runs may name their corpus differently, as one
    on audio and one on embeddings do, but the utterances must have the same ids. Raises RunError
    and ScoreError, which name the system and the utterances that are missing.
    """
    runs = [system for system in systems if system.run is not None]
    name = runs[0].results(split, corpus).metrics if runs else None
    if key is None:
        if not runs:
            raise ScoreError("Score files have no labels: add --keys KEY, or name a run.")
        key = runs[0].results(split, corpus).key
    keys = read_keys(key)
    columns = []
    for system in systems:
        path = system.scores(split, corpus)
        try:
            columns.append(join(read_scores(path), keys).score)
        except ScoreError as error:
            is_named = str(error).startswith(str(path))
            raise error if is_named else ScoreError(f"{path}: {error}") from error
    title = read_json(name)["corpus"] if name else key.stem
    return Joined(title, keys, np.stack(columns, axis=1))


def names_of(systems: Sequence[System]) -> list[str]:
    """Return a short name for each system. Raises RunError where one is named twice."""
    return distinct_names([system.path for system in systems])


def differ_in_seed_alone(first: System, second: System) -> bool:
    """Whether two systems are runs of one configuration with different seeds."""
    if first.run is None or second.run is None:
        return False
    settings = [read_json(system.run.config) for system in (first, second) if system.run]
    seeds = [one.pop("seed", None) for one in settings]
    return seeds[0] != seeds[1] and settings[0] == settings[1]
