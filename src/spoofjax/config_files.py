"""Experiments as files: load a `configs/*.py`, apply typed overrides, read and write JSON."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

from spoofjax.choices import with_chosen_parts
from spoofjax.config import Corpus, Experiment, Part
from spoofjax.config_paths import config_path
from spoofjax.errors import ConfigError, nearest
from spoofjax.json_files import parsed
from spoofjax.own_code import is_own, module_name, own_class, run_file
from spoofjax.shapes import problem, shown

MOVED = {"spoofjax.corpora.packed.Packed": "spoofjax.corpora.packing.packed"}
"""Classes named in the files of older versions, and the modules that define them now. Classes that
their package exports are found without being listed here."""
ALWAYS_WRITTEN = ("front_end", "model", "sampling", "loss", "optimizer")
"""Fields of an experiment that every version writes. A file without one of them is damaged."""


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """Run a configuration file and apply command-line overrides such as `--data.root DIR`.

    Overrides such as `--model LCNN` choose the class of a part (choices.py).

    `path` may also be the name of a configuration that comes with spoofjax, such as cnn_lstm.
    Raises ConfigError where the file is missing, raises an error, or does not define
    `config = Experiment(...)`. A wrong override ends the process with status 2 and a message that
    names the nearest option.
    """
    path = config_path(path)
    config = run_file(path).get("config")
    if not isinstance(config, Experiment):
        raise ConfigError(f"{path} must define `config = Experiment(...)`; it defines {config!r}.")
    return with_options(config, overrides, program=f"spoofjax train {path}")


def with_options(experiment: Experiment, arguments: Sequence[str], program: str) -> Experiment:
    """Return the experiment with what a command line changes, parts chosen by name included.

    Raises ConfigError and ends the process as `load_config` does.
    """
    experiment, others = with_chosen_parts(experiment, arguments)
    if others:
        experiment = override(experiment, others, program)
    return checked(experiment.replace(model=experiment.model.resolved()))


def load_corpus_file(path: Path) -> Corpus:
    """Run a Python file and return its corpus: `data`, or the data of its `config`.

    Raises ConfigError where the file raises an error or defines neither.
    """
    values = run_file(path)
    config = values.get("config")
    data = values.get("data", config.data if isinstance(config, Experiment) else None)
    if not isinstance(data, Corpus):
        raise ConfigError(
            f"{path} must define a corpus, `data = ASVspoof5(root=...)`, or an experiment, "
            "`config = Experiment(...)`."
        )
    return data


def callbacks_of(path: str | Path) -> tuple[Callable[[dict[str, Any]], None], ...]:
    """Return the functions in `callbacks` of a configuration file that has been loaded.

    Each is called with every line of the history of a run, see docs/your_own.md. Raises ConfigError
    where `callbacks` is anything but a list or tuple of functions.
    """
    path = config_path(path)
    module = sys.modules.get(module_name(path))
    callbacks = getattr(module, "callbacks", ())
    if not isinstance(callbacks, list | tuple) or not all(map(callable, callbacks)):
        raise ConfigError(f"{path}: `callbacks` must be a list of functions, not {callbacks!r}.")
    return tuple(callbacks)


def override(experiment: Experiment, arguments: Sequence[str], program: str) -> Experiment:
    """Apply typed, nested overrides by tyro; wrong ones exit with status 2.

    All overrides are parsed before any part is rebuilt, so their order does not matter.
    """
    import tyro  # takes a third of a second, which commands without overrides save

    return tyro.cli(
        Experiment,
        default=experiment,
        args=list(arguments),
        prog=program,
        config=(tyro.conf.AvoidSubcommands,),
    )


def checked(experiment: Experiment) -> Experiment:
    """Return the experiment, or raise ConfigError where its numbers contradict each other."""
    if experiment.steps is not None and experiment.epochs is not None:
        raise ConfigError(
            "Give the length of the run as either `steps` or `epochs`, not as both; an option such "
            "as --epochs None unsets the other one."
        )
    values = {
        name: getattr(experiment, name) for name in ("steps", "epochs", "batch", "accumulate")
    }
    values["stop.patience"] = experiment.stop.patience
    values["checkpoints.keep_best"] = experiment.checkpoints.keep_best
    for name, value in values.items():
        if value is not None and value <= 0:
            raise ConfigError(f"`{name}` must be positive, not {value}.")
    if experiment.reference != "none" and not experiment.model.takes_reference:
        raise ConfigError(
            f"reference = {experiment.reference!r} needs a model that compares two utterances, "
            f"such as the head RAT; {type(experiment.model).__name__} does not."
        )
    if experiment.average is not None and not 0 < experiment.average < 1:
        raise ConfigError(f"`average` must lie between 0 and 1, not {experiment.average}.")
    if experiment.mixup is not None and experiment.mixup <= 0:
        raise ConfigError(f"`mixup` must be positive or None, not {experiment.mixup}.")
    if experiment.mixup is not None and experiment.loss.compares_utterances:
        raise ConfigError(
            f"`mixup` gives utterances two labels, and {type(experiment.loss).__name__} compares "
            "utterances by one. Set `mixup` to None, or choose another loss."
        )
    return experiment


def to_json(part: Part) -> dict[str, Any]:
    """Return a part and its fields as JSON values; `type` is the name of its class."""
    fields = {
        f.name: _value_to_json(getattr(part, f.name))
        for f in dataclasses.fields(part)  # type: ignore[arg-type]
        if f.init
    }
    return {"type": f"{type(part).__module__}.{type(part).__qualname__}", **fields}


def _value_to_json(value: Any) -> Any:
    if isinstance(value, Part):
        return to_json(value)
    if isinstance(value, (tuple, list)):
        return [_value_to_json(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _value_to_json(v) for k, v in value.items()}
    if isinstance(value, Path):
        return str(value)
    return value


def from_json(data: Any, name: str = "") -> Any:
    """Rebuild a part from `to_json`'s output; `name` is that of the field it is read for.

    Only dataclasses of the spoofjax package are rebuilt, and those of files that the user has named
    (own_code.py), so a run folder cannot make other code run. Raises ConfigError, which names the
    field, for any other class, for unknown and missing fields, and for values of another type than
    the field's.
    """
    if not isinstance(data, dict):
        raise ConfigError(f"{name or 'the value'} must be an object, not {shown(data)}.")
    if not isinstance(data.get("type"), str):
        raise ConfigError(f"{_inner(name, 'type')} must be the name of a class.")
    cls = part_class(data["type"])
    hints = _field_types(cls)
    values = {}
    for key, value in data.items():
        if key == "type":
            continue
        if key not in hints:
            raise ConfigError(
                f"{_inner(name, key)}: {cls.__name__} has no such field."
                f"{nearest(key, hints)} Was this written by another version of spoofjax?"
            )
        values[key] = _value_from_json(value, hints[key], _inner(name, key))
    try:
        return cls(**values)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}" if name else str(error)) from error
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        # A missing field is a TypeError; numbers that make no sense raise the others.
        raise ConfigError(f"{name or cls.__name__} cannot be built: {error}.") from error


@functools.cache
def _field_types(cls: type) -> dict[str, Any]:
    """Return the type of every field of a part that JSON may give."""
    hints = get_type_hints(cls, include_extras=True)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]


def _inner(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def _value_from_json(value: Any, shape: Any, name: str) -> Any:
    converted = _converted(value, name)
    if Path in (shape, *get_args(shape)) and isinstance(converted, str):
        converted = Path(converted)
    wrong = problem(converted, shape, name)
    if wrong:
        raise ConfigError(f"{wrong}.")
    return converted


def _converted(value: Any, name: str) -> Any:
    """Return a JSON value with its objects as parts and its lists as tuples."""
    if isinstance(value, dict) and "type" in value:
        return from_json(value, name)
    if isinstance(value, list):
        return tuple(_converted(item, f"{name}[{n}]") for n, item in enumerate(value))
    return value


def part_class(name: str) -> type:
    """Return the class that a `type` in JSON names. Raises ConfigError."""
    module, _, qualname = name.rpartition(".")
    if is_own(module):
        return _checked_part(own_class(module, qualname), name)
    if module.split(".")[0] != "spoofjax":
        raise ConfigError(
            f"{name!r} is not a class of spoofjax, and a run folder must not name other code. "
            "Load the experiment from its configuration file instead."
        )
    try:
        cls = getattr(importlib.import_module(module), qualname)
    except (ImportError, AttributeError, ValueError) as error:
        cls = _moved_class(module, qualname)
        if cls is None:
            raise ConfigError(f"This version of spoofjax has no {name}: {error}") from error
    return _checked_part(cls, name)


def _checked_part(cls: Any, name: str) -> type:
    if not (isinstance(cls, type) and issubclass(cls, Part) and dataclasses.is_dataclass(cls)):
        raise ConfigError(f"{name} is not a part of an experiment.")
    return cls


def with_current_types(data: Any) -> Any:
    """Return the output of `to_json` with every `type` as this version names the class.

    This makes experiments comparable as JSON where an older version wrote one of them.
    """
    if isinstance(data, list):
        return [with_current_types(value) for value in data]
    if not isinstance(data, dict):
        return data
    values = {name: with_current_types(value) for name, value in data.items()}
    if "type" in data:
        cls = part_class(str(data["type"]))
        values["type"] = f"{cls.__module__}.{cls.__qualname__}"
    return values


def _moved_class(module: str, name: str) -> Any:
    """Return the class that an older version named by another module, or None.

    A class that has moved within its package is still exported by the package, with the exceptions
    listed in MOVED.
    """
    package = ".".join(module.split(".")[:2])
    try:
        home = importlib.import_module(MOVED.get(f"{module}.{name}", package))
    except (ImportError, ValueError):
        return None
    return getattr(home, name, None)


def dumps(experiment: Experiment) -> str:
    """Return the experiment as indented JSON text."""
    return json.dumps(to_json(experiment), indent=2) + "\n"


def loads(text: str) -> Experiment:
    """Return the experiment that `dumps` wrote. Raises ConfigError."""
    data, wrong = parsed(text)
    if wrong:
        raise ConfigError(f"Not JSON: {wrong}.")
    return experiment_from_json(data)


def experiment_from_json(data: Any) -> Experiment:
    """Return the experiment that `to_json` wrote. Raises ConfigError as `from_json` does."""
    experiment = from_json(data)
    missing = [name for name in ALWAYS_WRITTEN if name not in data]
    if isinstance(experiment, Experiment) and missing:
        raise ConfigError(f"The experiment has no {' and no '.join(missing)}.")
    if not isinstance(experiment, Experiment):
        raise ConfigError(f"Expected an Experiment, found {type(experiment).__name__}.")
    return checked(experiment)
