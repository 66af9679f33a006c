"""The folder that holds one run: what is in it, who may write to it."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import platform
from pathlib import Path
from typing import Any

from spoofjax import config_files
from spoofjax.config import Experiment, Part
from spoofjax.errors import RunError
from spoofjax.files import write_json
from spoofjax.runs.resuming import check_resumable


class RunFolder:
    """Paths and small files of a run; large ones are the checkpoint store's."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._lock: int | None = None

    @property
    def config(self) -> Path:
        """The resolved experiment, as JSON."""
        return self.path / "config.json"

    @property
    def environment(self) -> Path:
        """Versions, devices and the git commit, as JSON."""
        return self.path / "environment.json"

    @property
    def metrics(self) -> Path:
        """One JSON object a line: step, seconds and what was measured."""
        return self.path / "metrics.jsonl"

    @property
    def decision(self) -> Path:
        """Threshold, prior and calibration, from dev."""
        return self.path / "decision.json"

    @property
    def weights(self) -> Path:
        """The weights of the best checkpoint."""
        return self.path / "weights.safetensors"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoint store."""
        return self.path / "checkpoints"

    @property
    def report(self) -> Path:
        """Folder of reports and pictures."""
        return self.path / "report"

    @property
    def markdown(self) -> Path:
        """The short report."""
        return self.report / "report.md"

    @property
    def page(self) -> Path:
        """The report as one HTML file."""
        return self.report / "report.html"

    def split_metrics(self, split: str) -> Path:
        """All numbers of one evaluated split, as JSON."""
        return self.report / f"metrics.{split}.json"

    def scores(self, corpus: str, split: str) -> Path:
        """The scores of one split."""
        return self.path / "scores" / f"{corpus}.{split}.tsv"

    def key(self, corpus: str, split: str) -> Path:
        """The key of one split: labels and columns, in the order of its scores."""
        return self.path / "scores" / f"{corpus}.{split}.key.tsv"

    @property
    def lock_file(self) -> Path:
        """Held by the process that writes here."""
        return self.path / ".lock"

    @property
    def exists(self) -> bool:
        """Whether a run was started here."""
        return self.config.is_file()

    def check(self, experiment: Experiment, resume: bool) -> None:
        """Raise RunError unless this experiment may start, or go on, in this folder.

        Refused: a run without `resume`, a run of another experiment, a folder of other files.
        """
        if self.exists:
            if not resume:
                raise RunError(
                    f"{self.path} already holds a run. Add --resume to continue it, "
                    "or choose another --out."
                )
            self._check_same(experiment)
        elif self.path.exists() and not self.path.is_dir():
            raise RunError(f"{self.path} is a file; --out must name a folder.")
        elif self.path.is_dir() and any(p != self.lock_file for p in self.path.iterdir()):
            raise RunError(f"{self.path} is not empty and holds no run. Choose another --out.")

    def start(self, experiment: Experiment, resume: bool) -> None:
        """Make the folder ready for this experiment. Raises RunError as `check` does."""
        self.check(experiment, resume)
        self.path.mkdir(parents=True, exist_ok=True)
        # A resumed run may have other settings of those that do not change its results.
        write_json(self.config, config_files.to_json(experiment))

    def _check_same(self, experiment: Experiment) -> None:
        now = _as_stored(experiment)
        stored = _completed(
            config_files.with_current_types(read_json(self.config)), now, experiment
        )
        check_resumable(self.path, stored, now, experiment.optimizer)

    def lock(self) -> None:
        """Keep other processes from writing here until this one ends. Raises RunError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise RunError(f"{self.path} cannot be written to: {error.strerror}.") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(self._lock, 200).decode(errors="replace").strip()
            raise RunError(
                f"{self.path} is in use by another process ({owner or 'unknown'}). "
                "Wait for it or choose another --out."
            ) from error
        os.ftruncate(self._lock, 0)
        os.write(self._lock, f"process {os.getpid()} on {platform.node()}\n".encode())

    def unlock(self) -> None:
        """Let other processes write here again."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def experiment(self) -> Experiment:
        """Read the experiment of a run. Raises RunError where there is none."""
        if not self.exists:
            raise RunError(f"{self.path} holds no run (no {self.config.name} in it).")
        return config_files.loads(self.config.read_text())


def read_json(path: Path) -> Any:
    """Read a JSON file of a run. Raises RunError where it is missing or damaged."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing.") from error
    except json.JSONDecodeError as error:
        raise RunError(f"{path} is damaged: {error}.") from error


def _as_stored(experiment: Experiment) -> dict[str, Any]:
    return json.loads(json.dumps(config_files.to_json(experiment)))


def _completed(stored: dict[str, Any], now: dict[str, Any], part: Part) -> dict[str, Any]:
    """Return stored JSON of a part, with the fields that are younger than it where at default."""
    whole = dict(stored)
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        name, own = field.name, getattr(part, field.name)
        if isinstance(own, Part) and isinstance(stored.get(name), dict):
            whole[name] = _completed(stored[name], now[name], own)
        elif name not in stored and name in now and own == _default(field):
            whole[name] = now[name]
    return whole


def _default(field: dataclasses.Field) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default
