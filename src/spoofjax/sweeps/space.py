"""The settings that a sweep searches, and the values of one trial as options of `train`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoofjax.errors import ConfigError
from spoofjax.json_files import read_json
from spoofjax.own_code import run_file

FIELDS = {"low", "high", "log", "step", "choices"}


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included; whole ones where both ends are."""

    low: float
    high: float
    log: bool = False
    """Whether ratios are equally likely instead of differences."""
    step: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are drawn."""
        return all(isinstance(value, int) for value in (self.low, self.high, self.step or 1))


@dataclass(frozen=True)
class Choice:
    """One of several values: numbers, names, True and False, None, or lists of these."""

    values: tuple[Any, ...]


Space = Mapping[str, Range | Choice]
"""What is drawn for each setting, such as optimizer.learning_rate."""


def read_space(path: Path) -> Space:
    """Read the space of a JSON file, or the dictionary `space` of a Python file.

    Raises ConfigError, which names the setting, where it is none.
    """
    if path.suffix == ".py":
        values = run_file(path).get("space")
    else:
        values = read_json(path, kind=ConfigError)
    if not isinstance(values, dict) or not values:
        raise ConfigError(
            f"{path} must define what is searched, by the names of settings: "
            '{"optimizer.learning_rate": {"low": 1e-4, "high": 1e-2, "log": true}}, in Python as '
            "`space`."
        )
    return {str(name): _dimension(value, f"{path}: {name}") for name, value in values.items()}


def _dimension(value: Any, place: str) -> Range | Choice:
    if not isinstance(value, dict) or not set(value) <= FIELDS:
        raise ConfigError(
            f"{place}: write an object with low and high, and log or step if wanted, or one with "
            f"choices, not {value!r}."
        )
    if "choices" in value:
        choices = value["choices"]
        if len(value) > 1 or not isinstance(choices, list | tuple) or not choices:
            raise ConfigError(f"{place}: choices must be a list, and the only field.")
        return Choice(tuple(choices))
    ends = [value.get("low"), value.get("high"), value.get("step") or 1]
    if any(isinstance(end, bool) or not isinstance(end, int | float) for end in ends):
        raise ConfigError(f"{place}: low and high must be numbers, and step if it is given.")
    dimension = Range(value["low"], value["high"], bool(value.get("log")), value.get("step"))
    if not dimension.low < dimension.high or ends[2] <= 0:
        raise ConfigError(f"{place}: low must be below high, and step above 0.")
    if dimension.log and (dimension.low <= 0 or dimension.step is not None):
        raise ConfigError(f"{place}: log needs low above 0 and no step.")
    return dimension


def first_values(space: Space) -> dict[str, Any]:
    """Return one value of each setting, to check that the experiment has them."""
    return {
        name: each.values[0] if isinstance(each, Choice) else each.low
        for name, each in space.items()
    }


def drawn(space: Space, trial: Any) -> dict[str, Any]:
    """Return the values that a trial of Optuna has for each setting."""
    values = {}
    for name, each in space.items():
        if isinstance(each, Choice):
            # Optuna stores texts and numbers; as JSON, lists are texts too.
            texts = [json.dumps(value) for value in each.values]
            values[name] = json.loads(trial.suggest_categorical(name, texts))
        elif each.is_whole:
            step = int(each.step or 1)
            values[name] = trial.suggest_int(name, each.low, each.high, step=step, log=each.log)
        else:
            values[name] = trial.suggest_float(
                name, each.low, each.high, step=each.step, log=each.log
            )
    return values


def overrides(values: Mapping[str, Any]) -> list[str]:
    """Return values as options of `spoofjax train`: --optimizer.learning-rate 0.001."""
    options = []
    for name, value in values.items():
        *path, last = name.replace("_", "-").split(".")
        if isinstance(value, bool):
            options.append("--" + ".".join([*path, last if value else f"no-{last}"]))
        else:
            parts = value if isinstance(value, list | tuple) else [value]
            options += ["--" + ".".join([*path, last]), *map(str, parts)]
    return options
