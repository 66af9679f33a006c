"""The trials of a sweep, kept by Optuna where several processes can see them."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from spoofjax.errors import ConfigError, RunError
from spoofjax.runs.folder_lock import FolderLock
from spoofjax.sweeps.results import Outcome
from spoofjax.sweeps.space import Space, drawn

JOURNAL = "study.log"
OPENINGS = 5
"""How often a storage is opened where other processes make it at the same moment."""
GRACE_SECONDS = 60.0
"""A trial that began less than this ago may not have taken its lock yet."""


def require_optuna() -> None:
    """Raise ConfigError where Optuna is missing."""
    if importlib.util.find_spec("optuna") is None:
        raise ConfigError("`spoofjax sweep` needs Optuna: pip install 'spoofjax[sweep]'.")


class Study:
    """The study of a folder. Processes that open the same one share its trials."""

    def __init__(self, folder: Path, storage: str | None, space: Space):
        """`storage` is a URL of Optuna's, such as postgresql://...; None is a file in the folder.

        Raises RunError where the storage cannot be opened.
        """
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._folder, self._space = folder, space
        folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, OPENINGS + 1):
            try:
                self.study = _open(folder, storage)
                break
            except Exception as error:  # each database has errors of its own
                # Processes that begin at once make the tables at once, and all but one fail.
                if attempt < OPENINGS and "already exists" in f"{error} {error.__cause__}":
                    time.sleep(attempt)
                    continue
                raise RunError(
                    f"The study of {folder} cannot be opened: {type(error).__name__}: {error}"
                ) from error

    def lock(self, number: int) -> FolderLock:
        """Return the lock that a process holds while it runs a trial."""
        return FolderLock(self._lock_file(number))

    def _lock_file(self, number: int) -> Path:
        return self._folder / "locks" / folder_name(number)

    def requeue_dead(self) -> list[int]:
        """Queue the trials again whose processes died; return their numbers.

        The new trial has the same values and goes on in the same run folder.
        """
        import optuna

        running = [optuna.trial.TrialState.RUNNING]
        dead = []
        for trial in self.study.get_trials(states=running):
            lock = self.lock(trial.number)
            if not self._lock_file(trial.number).exists() and _age(trial) < GRACE_SECONDS:
                continue
            try:
                # The kernel frees a lock with its process, so that nobody runs this trial.
                lock.acquire()
            except RunError:
                continue
            try:
                # Another process may have queued it again a moment ago.
                if trial.number in {each.number for each in self.study.get_trials(states=running)}:
                    self.study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
                    attributes = {"folder": folder_of(trial)}
                    self.study.enqueue_trial(trial.params, user_attrs=attributes)
                    dead.append(trial.number)
            finally:
                lock.release()
        return dead

    def has_room(self, trials: int) -> bool:
        """Whether fewer trials than these were begun; those that were queued again count once."""
        all_trials = self.study.get_trials()
        begun = [trial for trial in all_trials if _has_begun(trial)]
        is_waiting = len(begun) < len(all_trials)
        return is_waiting or len({folder_of(trial) for trial in begun}) < trials

    def begin(self) -> tuple[Any, dict[str, Any]]:
        """Return the next trial and what is drawn for each setting."""
        trial = self.study.ask()
        values = drawn(self._space, trial)
        if "folder" not in trial.user_attrs:
            trial.set_user_attr("folder", folder_name(trial.number))
        return trial, values

    def outcomes(self) -> list[Outcome]:
        """Return the trials, without those that were queued again."""
        latest: dict[str, Any] = {}
        for trial in self.study.get_trials():
            if _has_begun(trial):
                latest[folder_of(trial)] = trial
        return list(_outcomes(latest.values()))


def _open(folder: Path, storage: str | None) -> Any:
    """Return the study of a folder, which is made where the storage lacks it."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    backend: Any = storage
    if storage is None:
        backend = optuna.storages.JournalStorage(JournalFileBackend(str(folder / JOURNAL)))
    return optuna.create_study(
        storage=backend,
        study_name=folder.resolve().name,
        sampler=optuna.samplers.TPESampler(),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
        load_if_exists=True,
    )


def folder_name(number: int) -> str:
    """Return the name of the run folder of a trial."""
    return f"trial-{number}"


def folder_of(trial: Any) -> str:
    """Return the name of the run folder of a trial, which may be that of an earlier one."""
    return trial.user_attrs.get("folder", folder_name(trial.number))


def _age(trial: Any) -> float:
    """Return how many seconds ago a trial began."""
    return (datetime.now() - trial.datetime_start).total_seconds()


def _has_begun(trial: Any) -> bool:
    return trial.state.name != "WAITING"


def _outcomes(trials: Iterable[Any]) -> Iterable[Outcome]:
    names = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running"}
    for trial in trials:
        reported = list(trial.intermediate_values.values())
        yield Outcome(
            trial.number,
            names[trial.state.name],
            trial.value if trial.state.name == "COMPLETE" else min(reported, default=None),
            trial.user_attrs.get("seconds"),
            trial.user_attrs.get("parameters"),
            trial.user_attrs.get("values", {}),
            folder_of(trial),
        )
