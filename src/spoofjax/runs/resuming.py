"""Which settings may change when a run is resumed, and which would make it another run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoofjax import config_files
from spoofjax.config import Experiment, Part
from spoofjax.corpora.packing.packed import Packed
from spoofjax.errors import RunError

FREE = (
    "loading",
    "parallel",
    "keep_memory",
    "log_every",
    "checkpoints.keep",
    "checkpoints.keep_best",
    "evaluation.batch",
)
"""Settings of where and how fast a run computes and of what it keeps.

They do not change its results, except for loading.on_error when a file cannot be read.
"""
LENGTH = ("steps", "epochs")
PACKED = f"{Packed.__module__}.{Packed.__qualname__}"
"""The type of a packed corpus in JSON. Its only setting is its folder."""


def check_resumable(
    folder: Path, recorded: Any, experiment: Experiment, *, ignores_roots: bool
) -> None:
    """Raise RunError unless the run of the recorded configuration (JSON) may continue as this one.

    The settings in FREE may change; with `ignores_roots`, so may the folders of its corpora, and a
    packed copy may take the place of a corpus: what they hold is known to be the same. More steps
    may be added if the optimizer takes the same steps in a longer run.
    """
    # Through JSON text, so that both have lists where one would have tuples.
    now = json.loads(json.dumps(config_files.to_json(experiment)))
    stored = _completed(config_files.with_current_types(recorded), now, experiment)
    if ignores_roots and _are_copies(stored["data"], now["data"]):
        stored = {**stored, "data": now["data"]}
    changed = [
        name
        for name in sorted(stored.keys() | now.keys())
        if _fixed(name, stored.get(name)) != _fixed(name, now.get(name))
    ]
    if any(name in changed for name in LENGTH) and experiment.optimizer.depends_on_length:
        raise RunError(
            f"{folder} cannot continue to another number of steps: its learning rate falls over "
            "the whole length of the run, so a run of another length takes different steps from "
            "the beginning. Resume with the same length, or start a new run with a constant "
            "schedule."
        )
    if is_longer(stored, experiment):
        changed = [name for name in changed if name not in LENGTH]
    if changed:
        raise RunError(
            f"{folder} holds a run of another experiment (different: {', '.join(changed)}). "
            "Resume with the same configuration, or choose another --out."
        )


def _are_copies(stored: Any, now: Any) -> bool:
    """Whether two corpora (JSON) differ in nothing but their folders and in being packed."""
    if isinstance(stored, Mapping) and isinstance(now, Mapping):
        if PACKED in (stored.get("type"), now.get("type")):
            return True
        parts, current_parts = stored.get("corpora"), now.get("corpora")
        if isinstance(parts, list) and isinstance(current_parts, list):
            # A mixture holds a list of corpora, of which each may be packed.
            return (
                len(parts) == len(current_parts)
                and all(map(_are_copies, parts, current_parts))
                and {**stored, "corpora": None} == {**now, "corpora": None}
            )
    return _without_root(stored) == _without_root(now)


def _without_root(value: Any) -> Any:
    # A mixture holds a list of corpora, each with a root of its own.
    if isinstance(value, list):
        return [_without_root(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _without_root(item) for key, item in value.items() if key != "root"}
    return value


def _fixed(name: str, value: Any) -> Any:
    """Return a setting without those of its fields that may change."""
    if name in FREE:
        return None
    if not isinstance(value, Mapping):
        return value
    return {key: part for key, part in value.items() if f"{name}.{key}" not in FREE}


def is_longer(stored: Mapping[str, Any], experiment: Experiment) -> bool:
    """Whether an experiment has more steps or epochs than a stored configuration (JSON)."""
    lengths = [(stored.get(name), getattr(experiment, name)) for name in LENGTH]
    changed = [(before, now) for before, now in lengths if before != now]
    return bool(changed) and all(before and now and now > before for before, now in changed)


def _completed(stored: dict[str, Any], now: dict[str, Any], part: Part) -> dict[str, Any]:
    """Return the stored JSON of a part with the fields that a newer version has added.

    Such a field is taken from `now` if it is at its default there, which is what the older version
    did. Otherwise it stays absent and counts as a difference.
    """
    completed = dict(stored)
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        name, own = field.name, getattr(part, field.name)
        if isinstance(own, Part) and isinstance(stored.get(name), dict):
            completed[name] = _completed(stored[name], now[name], own)
        elif isinstance(own, tuple) and isinstance(stored.get(name), list):
            completed[name] = _completed_items(stored[name], now[name], own)
        elif name not in stored and name in now and own == _default(field):
            completed[name] = now[name]
    return completed


def _completed_items(stored: list[Any], now: list[Any], items: tuple[Any, ...]) -> list[Any]:
    """Return the stored JSON of a tuple, such as the steps of a chain, with its parts completed."""
    if len(stored) != len(items):
        return stored
    return [
        _completed(old, new, item) if isinstance(item, Part) and isinstance(old, dict) else old
        for old, new, item in zip(stored, now, items, strict=True)
    ]


def _default(field: dataclasses.Field) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default
