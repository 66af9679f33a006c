"""A sweep: trials until there are enough of them or the time is over."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import jax

from spoofjax.config import Experiment
from spoofjax.config_files import callbacks_of, load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import Preempted, SpoofjaxError, TrainingError
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.history import read_metrics
from spoofjax.runs.weights import load_weights
from spoofjax.sweeps.results import Outcome, front_of, write_results
from spoofjax.sweeps.space import overrides
from spoofjax.sweeps.study import Study, folder_of
from spoofjax.training.loop import train

Measure = Literal["eer", "min_dcf"]
MOST_FAILURES = 3
"""A sweep ends where so many trials in a row fail: then the experiment itself is wrong."""


class Sweep:
    """An experiment whose settings are searched."""

    def __init__(self, study: Study, folder: Path, config: Path, fixed: Sequence[str]):
        """`config` is a configuration and `fixed` options that all trials have."""
        self._study, self._folder = study, folder
        self._config, self._fixed = config, list(fixed)

    def run(self, trials: int, measure: Measure, seconds: float | None) -> list[Outcome]:
        """Run trials until the study has so many, or until no other one may begin in this time.

        Returns all trials of the study. Raises TrainingError where three trials in a row fail, and
        Preempted where the scheduler stops the process; the trial is queued again later.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        failures = 0
        while deadline is None or time.monotonic() < deadline:
            for number in self._study.requeue_dead():
                print(f"trial {number} was cut off; it goes on", file=sys.stderr)
            if not self._study.has_room(trials):
                break
            is_failure = self._trial(measure)
            failures = failures + 1 if is_failure else 0
            if failures == MOST_FAILURES:
                raise TrainingError(
                    f"{failures} trials in a row failed; the lines above say why. Correct the "
                    "configuration or the space, and start the sweep again."
                )
        return self._written(measure)

    def _trial(self, measure: Measure) -> bool:
        """Run one trial; return whether it failed."""
        trial, values = self._study.begin()
        lock = self._study.lock(trial.number)
        lock.acquire()
        try:
            trial.set_user_attr("values", values)
            value = self._train(trial, values, measure)
            self._study.study.tell(trial, value, state=None if value is not None else _pruned())
            print(f"trial {trial.number}: {_told(measure, value)}", file=sys.stderr)
            return False
        except Preempted:
            raise
        except SpoofjaxError as error:
            self._study.study.tell(trial, state=_failed())
            print(f"trial {trial.number} failed: {error}", file=sys.stderr)
            return True
        finally:
            lock.release()
            jax.clear_caches()

    def _train(self, trial: Any, values: Mapping[str, Any], measure: Measure) -> float | None:
        """Train a trial in its folder; return its measure on dev, or None where it was pruned."""
        import optuna

        experiment = self._experiment(values)
        manifests = training_splits(experiment.data)
        path = self._folder / folder_of(trial)
        resume = RunFolder(path).exists

        def report(line: dict[str, Any]) -> None:
            if f"dev.{measure}" in line:
                trial.report(line[f"dev.{measure}"], line["step"])
                if trial.should_prune():
                    raise optuna.TrialPruned

        callbacks = [*callbacks_of(self._config), report]
        try:
            results = train(
                experiment, manifests, path, resume=resume, quiet=True, callbacks=callbacks
            )
        except TrainingError as error:
            if isinstance(error.__cause__, optuna.TrialPruned):
                _record_cost(trial, path)
                return None
            raise
        _record_cost(trial, path)
        params, _ = load_weights(path)
        trial.set_user_attr("parameters", int(sum(array.size for array in params.values())))
        return float(results["dev"][measure])

    def _experiment(self, values: Mapping[str, Any]) -> Experiment:
        return load_config(self._config, [*self._fixed, *overrides(values)])

    def _written(self, measure: Measure) -> list[Outcome]:
        """Write what came of all trials; return them."""
        outcomes = self._study.outcomes()
        front = front_of(outcomes)
        best = self._experiment(front[0].values) if front else None
        write_results(self._folder, outcomes, measure, best)
        return outcomes


def _record_cost(trial: Any, path: Path) -> None:
    lines = read_metrics(RunFolder(path).metrics)
    trial.set_user_attr("seconds", float(lines[-1]["seconds"]) if lines else 0.0)


def _told(measure: str, value: float | None) -> str:
    return "pruned" if value is None else f"dev {measure} {value:.4f}"


def _pruned() -> Any:
    import optuna

    return optuna.trial.TrialState.PRUNED


def _failed() -> Any:
    import optuna

    return optuna.trial.TrialState.FAIL
