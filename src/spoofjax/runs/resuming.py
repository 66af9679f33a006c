"""Which settings may change between the parts of a run, and which make it another run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoofjax.config import Optimizer
from spoofjax.errors import RunError

FREE = (
    "loading",
    "parallel",
    "keep_memory",
    "log_every",
    "checkpoints.keep",
    "evaluation.batch",
)
"""Settings of where and how fast a run goes and what it keeps.

They change nothing that it computes, but for loading.on_error where a file cannot be read.
"""
LENGTH = ("steps", "epochs")


def check_resumable(
    folder: Path, stored: Mapping[str, Any], now: Mapping[str, Any], optimizer: Optimizer
) -> None:
    """Raise RunError unless a run of the configuration `stored` may go on as `now` (both JSON).

    The settings in FREE may change. More steps may be added where the optimizer takes the same
    steps in a longer run.
    """
    changed = [
        name
        for name in sorted(stored.keys() | now.keys())
        if _fixed(name, stored.get(name)) != _fixed(name, now.get(name))
    ]
    longer = all(_is_more(now.get(name), stored.get(name)) for name in LENGTH if name in changed)
    if any(name in changed for name in LENGTH) and optimizer.depends_on_length:
        raise RunError(
            f"{folder} cannot go on for another number of steps: its learning rate falls over the "
            "whole length of the run, so a longer run would have taken other steps from the start "
            "on. Resume with the same length, or start a new run with a constant schedule."
        )
    if longer:
        changed = [name for name in changed if name not in LENGTH]
    if changed:
        raise RunError(
            f"{folder} holds a run of another experiment (different: {', '.join(changed)}). "
            "Resume with the same configuration, or choose another --out."
        )


def _fixed(name: str, value: Any) -> Any:
    """Return a setting without its parts that may change."""
    if name in FREE:
        return None
    if not isinstance(value, Mapping):
        return value
    return {key: part for key, part in value.items() if f"{name}.{key}" not in FREE}


def _is_more(now: float | None, stored: float | None) -> bool:
    return now is not None and stored is not None and now > stored
