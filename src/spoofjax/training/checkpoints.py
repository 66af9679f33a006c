"""Checkpoints by orbax: the latest few to resume from, and the best one, kept apart.

A kill at any moment leaves either a whole checkpoint or none: orbax writes beside and renames. One
that was damaged later is moved aside when it cannot be read, and the one before it is used. With
several processes all of them call every method; the first writes.
"""

from __future__ import annotations

import logging
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from spoofjax.cluster import hosts
from spoofjax.errors import RunError
from spoofjax.training.step import TrainState

log = logging.getLogger("spoofjax")
# orbax speaks of its own options as warnings; what goes wrong with a checkpoint is told below.
logging.getLogger("absl").setLevel(logging.ERROR)


class Restored(NamedTuple):
    """A checkpoint read back."""

    state: TrainState
    notes: dict[str, Any]


class CheckpointStore:
    """The two shelves of a run: `latest` (to resume) and `best` (to use)."""

    def __init__(self, folder: Path, keep: int, *, writes: bool = True):
        """Without `writes` nothing is changed, so a run in training can be looked at."""
        self._latest = _Shelf(folder / "latest", keep, writes)
        self._best = _Shelf(folder / "best", 1, writes)

    @property
    def latest_step(self) -> int | None:
        """Step of the newest whole checkpoint, or None."""
        return self._latest.newest

    @property
    def best_step(self) -> int | None:
        """Step of the best checkpoint, or None."""
        return self._best.newest

    def save_latest(self, step: int, state: TrainState, notes: dict[str, Any]) -> None:
        """Write a checkpoint to resume from; `notes` are JSON values. Raises RunError."""
        self._one_at_a_time(self._best)
        self._latest.save(step, state, notes)

    def save_best(self, step: int, state: TrainState, notes: dict[str, Any]) -> None:
        """Write the checkpoint that is the best so far, in place of the one before it."""
        self._one_at_a_time(self._latest)
        self._best.save(step, state, notes)

    def restore_latest(self, like: TrainState) -> Restored:
        """Read the newest checkpoint that can be read, the best one if no other can.

        `like` gives shapes, dtypes and shardings. Raises RunError where none can be read.
        """
        return _restore([self._latest, self._best], like)

    def restore_best(self, like: TrainState) -> Restored:
        """Read the best checkpoint, or else the newest. Raises RunError where there is none."""
        return _restore([self._best, self._latest], like)

    def _one_at_a_time(self, other: _Shelf) -> None:
        # Processes meet at named barriers while they write; two writes at once may confuse them.
        if hosts.several():
            other.wait()

    def wait(self) -> None:
        """Return when all that was saved is on disk. Raises RunError."""
        self._latest.wait()
        self._best.wait()

    def __enter__(self) -> CheckpointStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After an error the other processes may never come to the meeting that closing is.
        if kind is None or not hosts.several():
            self.close()

    def close(self) -> None:
        """Finish writing and release the managers' threads."""
        self._latest.close()
        self._best.close()


class _Shelf:
    """One folder of checkpoints, and what to say when it fails.

    orbax is imported when there is something to read or to write: a fresh run's first step comes
    a quarter of a second sooner.
    """

    def __init__(self, folder: Path, keep: int, writes: bool):
        self._folder, self._keep, self._writes = folder.resolve(), keep, writes
        self._opened = False

    @cached_property
    def _manager(self) -> Any:
        import orbax.checkpoint as ocp

        self._opened = True
        options = ocp.CheckpointManagerOptions(
            max_to_keep=self._keep if self._writes else None,
            create=self._writes,
            read_only=not self._writes,
            multiprocessing_options=ocp.options.MultiprocessingOptions(
                barrier_sync_key_prefix=self._folder.name
            ),
        )
        # Named handlers, so that a store that has only been opened knows what its items are.
        handlers = {"state": ocp.StandardCheckpointHandler(), "notes": ocp.JsonCheckpointHandler()}
        return ocp.CheckpointManager(self._folder, options=options, item_handlers=handlers)

    @property
    def _empty(self) -> bool:
        return not self._opened and not self._folder.is_dir()

    @property
    def steps(self) -> list[int]:
        """Steps of the whole checkpoints here, the newest first."""
        return [] if self._empty else sorted(self._manager.all_steps(), reverse=True)

    @property
    def newest(self) -> int | None:
        return None if self._empty else self._manager.latest_step()

    def place(self, step: int) -> Path:
        return self._folder / str(step)

    def save(self, step: int, state: TrainState, notes: dict[str, Any]) -> None:
        import orbax.checkpoint as ocp

        if step in self._manager.all_steps():
            return  # A resumed run comes by the same step again with the same state.
        state_, notes_ = ocp.args.StandardSave(state), ocp.args.JsonSave(notes)
        try:
            # Writing goes on beside the next steps, so an error may be that of the last save.
            self._manager.save(step, args=ocp.args.Composite(state=state_, notes=notes_))
        except (OSError, ValueError) as error:
            raise self._unwritten(step, error) from error

    def wait(self) -> None:
        try:
            if self._opened:
                self._manager.wait_until_finished()
        except (OSError, ValueError) as error:
            raise self._unwritten(self.newest, error) from error

    def _unwritten(self, step: int | None, error: Exception) -> RunError:
        return RunError(
            f"A checkpoint (about step {step}) could not be written to {self._folder}: "
            f"{' '.join(str(error).split())[:300]}. Free some space or mend the disk, then start "
            "the run again with --resume; earlier checkpoints are kept."
        )

    def read(self, step: int, like: TrainState) -> Restored:
        import orbax.checkpoint as ocp

        _check_shapes(self._manager.item_metadata(step)["state"], self.place(step), like)
        target = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
        state, notes = ocp.args.StandardRestore(target), ocp.args.JsonRestore()
        read = self._manager.restore(step, args=ocp.args.Composite(state=state, notes=notes))
        if not isinstance(read["notes"], dict):
            raise ValueError("its notes are missing")
        return Restored(read["state"], read["notes"])

    def set_aside(self, step: int) -> None:
        """Move a damaged checkpoint out of the way, so that its step can be saved again."""
        if not self._writes:
            return
        aside = self._folder.parent / "damaged" / f"{self._folder.name}-{step}"

        def move() -> None:
            aside.parent.mkdir(exist_ok=True)
            place = aside
            while place.exists():
                place = place.with_name(place.name + "+")
            self.place(step).rename(place)

        hosts.on_first(move)
        self._manager.reload()
        log.warning("checkpoint %s was moved to %s", self.place(step), aside)

    def close(self) -> None:
        if self._opened:
            self._manager.close()


def _restore(shelves: list[_Shelf], like: TrainState) -> Restored:
    problems = []
    for shelf in shelves:
        for step in shelf.steps:
            found, problem = _attempt(shelf, step, like)
            # Each process reads for itself; what one of them cannot read is of no use to any.
            if not hosts.total(np.array([found is None]))[0]:
                assert found is not None
                return found
            problem = f"checkpoint {shelf.place(step)} cannot be read ({problem})"
            log.warning("%s; the next one is tried", problem)
            shelf.set_aside(step)
            problems.append(problem)
    if not problems:
        raise RunError(f"No checkpoint in {shelves[0].place(0).parent.parent}.")
    raise RunError(
        "No checkpoint can be read: " + "; ".join(problems) + ". Start again in another --out."
    )


def _attempt(shelf: _Shelf, step: int, like: TrainState) -> tuple[Restored | None, str]:
    try:
        return shelf.read(step, like), ""
    except RunError:
        raise
    except Exception as error:
        # Damage shows itself in many ways: missing files, JSON, checksums, tensorstore's own.
        return None, " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _check_shapes(metadata: Any, place: Path, like: TrainState) -> None:
    """Raise RunError naming the first parameter whose stored shape is not the model's."""
    if metadata is None:
        return
    stored = getattr(metadata, "tree", metadata)
    stored = stored["params"] if isinstance(stored, dict) else stored.params
    for name, leaf in like.params.items():
        if name not in stored:
            raise RunError(
                f"Checkpoint {place} has no parameter {name}: "
                "it belongs to another model. Use the configuration it was trained with."
            )
        if tuple(stored[name].shape) != tuple(leaf.shape):
            raise RunError(
                f"Parameter {name} has shape {tuple(stored[name].shape)} in checkpoint "
                f"{place}, but {tuple(leaf.shape)} in this model."
            )
