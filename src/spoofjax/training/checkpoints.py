"""Checkpoints by orbax: the latest few to resume from, and the best one, kept apart.

A kill at any moment leaves either a whole checkpoint or none: orbax writes beside and renames.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, NamedTuple

import jax
import orbax.checkpoint as ocp

from spoofjax.errors import RunError
from spoofjax.training.step import TrainState

log = logging.getLogger("spoofjax")


class Restored(NamedTuple):
    """A checkpoint read back."""

    state: TrainState
    notes: dict[str, Any]


class CheckpointStore:
    """The two shelves of a run: `latest` (to resume) and `best` (to use)."""

    def __init__(self, folder: Path, keep: int):
        self._latest = _manager(folder / "latest", keep)
        self._best = _manager(folder / "best", 1)

    @property
    def latest_step(self) -> int | None:
        """Step of the newest whole checkpoint, or None."""
        return self._latest.latest_step()

    @property
    def best_step(self) -> int | None:
        """Step of the best checkpoint, or None."""
        return self._best.latest_step()

    def save_latest(self, step: int, state: TrainState, notes: dict[str, Any]) -> None:
        """Write a checkpoint to resume from; `notes` are JSON values. Raises RunError."""
        _save(self._latest, step, state, notes)

    def save_best(self, step: int, state: TrainState, notes: dict[str, Any]) -> None:
        """Write the checkpoint that is the best so far, in place of the one before it."""
        _save(self._best, step, state, notes)

    def restore_latest(self, like: TrainState) -> Restored:
        """Read the newest checkpoint that can be read; say so where a newer one is damaged.

        `like` gives shapes, dtypes and shardings. Raises RunError where none can be read.
        """
        return _restore(self._latest, like)

    def restore_best(self, like: TrainState) -> Restored:
        """Read the best checkpoint. Raises RunError where there is none."""
        return _restore(self._best, like)

    def wait(self) -> None:
        """Return when all that was saved is on disk."""
        self._latest.wait_until_finished()
        self._best.wait_until_finished()

    def close(self) -> None:
        """Finish writing and release the managers' threads."""
        self._latest.close()
        self._best.close()


def _manager(folder: Path, keep: int) -> ocp.CheckpointManager:
    options = ocp.CheckpointManagerOptions(max_to_keep=keep, create=True)
    return ocp.CheckpointManager(folder.resolve(), options=options)


def _save(manager: ocp.CheckpointManager, step: int, state: TrainState, notes: dict) -> None:
    if step in manager.all_steps():
        return  # A resumed run comes by the same step again with the same state.
    try:
        manager.save(
            step,
            args=ocp.args.Composite(
                state=ocp.args.StandardSave(state), notes=ocp.args.JsonSave(notes)
            ),
        )
    except (OSError, ValueError) as error:
        raise RunError(
            f"The checkpoint of step {step} could not be written to {manager.directory}: {error}. "
            "Free some space or choose another --out; earlier checkpoints are kept."
        ) from error


def _restore(manager: ocp.CheckpointManager, like: TrainState) -> Restored:
    steps = sorted(manager.all_steps(), reverse=True)
    if not steps:
        raise RunError(f"No checkpoint in {manager.directory}.")
    target = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
    problems = []
    for step in steps:
        try:
            _check_shapes(manager, step, like)
            read = manager.restore(
                step,
                args=ocp.args.Composite(
                    state=ocp.args.StandardRestore(target), notes=ocp.args.JsonRestore()
                ),
            )
            return Restored(read["state"], read["notes"])
        except RunError:
            raise
        except Exception as error:
            problem = f"checkpoint {manager.directory}/{step} cannot be read ({error})"
            log.warning("%s; trying the one before it", problem)
            problems.append(problem)
    raise RunError("No checkpoint can be read: " + "; ".join(problems))


def _check_shapes(manager: ocp.CheckpointManager, step: int, like: TrainState) -> None:
    """Raise RunError naming the first parameter whose stored shape is not the model's."""
    metadata = manager.item_metadata(step)["state"]
    if metadata is None:
        return
    stored = getattr(metadata, "tree", metadata)
    stored = stored["params"] if isinstance(stored, dict) else stored.params
    for name, leaf in like.params.items():
        if name not in stored:
            raise RunError(
                f"Checkpoint {manager.directory}/{step} has no parameter {name}: "
                "it belongs to another model. Use the configuration it was trained with."
            )
        if tuple(stored[name].shape) != tuple(leaf.shape):
            raise RunError(
                f"Parameter {name} has shape {tuple(stored[name].shape)} in checkpoint "
                f"{manager.directory}/{step}, but {tuple(leaf.shape)} in this model."
            )
