"""Checkpoints by orbax: the latest few to resume from and, in another folder, the best one.

A process killed at any moment leaves a complete checkpoint or none, because orbax writes to a
temporary folder and renames it. A checkpoint that cannot be read is moved to `damaged/`, and the
one before it is used. With several processes, all of them call every method.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jax
import numpy as np

from spoofjax.cluster import hosts
from spoofjax.errors import RunError
from spoofjax.failures import describe as describe_error
from spoofjax.training.step import TrainState

log = logging.getLogger("spoofjax")
# orbax logs its own options as warnings, and an error in one of its threads with a stack, before
# it raises the error in the main thread, where this module reports it.
logging.getLogger("absl").setLevel(logging.CRITICAL)


class Restored(NamedTuple):
    """A checkpoint read back."""

    state: TrainState
    notes: dict[str, Any]


class CheckpointStore:
    """The two folders of checkpoints of a run: `latest` to resume from and `best` to evaluate."""

    def __init__(self, folder: Path, keep: int, keep_best: int = 1, *, writes: bool = True):
        """Keep the `keep` latest checkpoints, and the `keep_best` newest of those that were best.

        Without `writes` nothing in the folder changes, which makes it safe to read the checkpoints
        of a run that is still training.
        """
        self._latest = _Folder(folder / "latest", keep, writes)
        self._best = _Folder(folder / "best", keep_best, writes)

    @property
    def latest_step(self) -> int | None:
        """Step of the newest complete checkpoint, or None."""
        return self._latest.newest

    @property
    def best_step(self) -> int | None:
        """Step of the best checkpoint, or None."""
        return self._best.newest

    @property
    def latest_steps(self) -> list[int]:
        """Steps of the checkpoints to resume from, the newest first."""
        return self._latest.steps

    @property
    def best_steps(self) -> list[int]:
        """Steps of the checkpoints that were the best when they were written, the newest first."""
        return self._best.steps

    def restore_step(self, kind: Literal["best", "last"], step: int, like: TrainState) -> Restored:
        """Read one of `best_steps` or of `latest_steps`. Raises RunError if it is not readable."""
        folder = self._best if kind == "best" else self._latest
        restored, problem = _attempt(folder, step, like)
        if restored is None:
            raise RunError(f"Checkpoint {folder.path(step)} cannot be read ({problem}).")
        return restored

    def save_latest(self, step: int, state: TrainState, notes: dict[str, Any]) -> None:
        """Write a checkpoint to resume from; `notes` are JSON values. Raises RunError."""
        self._one_at_a_time(self._best)
        self._latest.save(step, state, notes)

    def save_best(self, step: int, state: TrainState, notes: dict[str, Any]) -> None:
        """Write the best checkpoint so far. Raises RunError."""
        self._one_at_a_time(self._latest)
        self._best.save(step, state, notes)

    def restore_latest(self, like: TrainState) -> Restored:
        """Read the newest readable checkpoint, or the best one if no other is readable.

        `like` gives shapes, dtypes and shardings. Raises RunError if none is readable.
        """
        return _restore([self._latest, self._best], like)

    def restore_best(self, like: TrainState) -> Restored:
        """Read the best checkpoint, or else the newest. Raises RunError if there is none."""
        return _restore([self._best, self._latest], like)

    def _one_at_a_time(self, other: _Folder) -> None:
        # While writing, orbax's processes wait for each other at named barriers, which two writes
        # at once could mix up.
        if hosts.several():
            other.wait()

    def wait(self) -> None:
        """Wait until all saved checkpoints are on disk. Raises RunError."""
        self._latest.wait()
        self._best.wait()

    def __enter__(self) -> CheckpointStore:
        self._usual_hook, sys.unraisablehook = sys.unraisablehook, _without_late_writes
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # Closing waits for the other processes, which may never arrive after an error.
        if kind is None:
            self.close()
            sys.unraisablehook = self._usual_hook  # after an error, late writes may still end
        elif not hosts.several():
            # The disk that refused one checkpoint may refuse another; the first error counts.
            with contextlib.suppress(RunError):
                self.close()

    def close(self) -> None:
        """Finish writing and end the threads of orbax."""
        self._latest.close()
        self._best.close()


class _Folder:
    """One folder of checkpoints, with errors in words that help the user.

    orbax is imported only to read or write, so that a new run starts a quarter of a second sooner.
    """

    def __init__(self, folder: Path, keep: int, writes: bool):
        self._folder, self._keep, self._writes = folder.resolve(), keep, writes
        self._is_open = False

    @cached_property
    def _manager(self) -> Any:
        import orbax.checkpoint as ocp

        self._is_open = True
        options = ocp.CheckpointManagerOptions(
            max_to_keep=self._keep if self._writes else None,
            create=self._writes,
            read_only=not self._writes,
            multiprocessing_options=ocp.options.MultiprocessingOptions(
                barrier_sync_key_prefix=self._folder.name
            ),
        )
        # Without named handlers, a manager that has saved nothing yet cannot read its items.
        handlers = {"state": ocp.StandardCheckpointHandler(), "notes": ocp.JsonCheckpointHandler()}
        return ocp.CheckpointManager(self._folder, options=options, item_handlers=handlers)

    @property
    def _is_empty(self) -> bool:
        return not self._is_open and not self._folder.is_dir()

    @property
    def steps(self) -> list[int]:
        """Steps of the complete checkpoints, the newest first."""
        return [] if self._is_empty else sorted(self._manager.all_steps(), reverse=True)

    @property
    def newest(self) -> int | None:
        return None if self._is_empty else self._manager.latest_step()

    def path(self, step: int) -> Path:
        return self._folder / str(step)

    def save(self, step: int, state: TrainState, notes: dict[str, Any]) -> None:
        import orbax.checkpoint as ocp

        if step in self._manager.all_steps():
            return  # A resumed run reaches the same step again, with the same state.
        arguments = ocp.args.Composite(
            state=ocp.args.StandardSave(state), notes=ocp.args.JsonSave(notes)
        )
        try:
            # orbax writes during the following steps, so this may raise an earlier save's error.
            self._manager.save(step, args=arguments)
        except (OSError, ValueError) as error:
            raise self._write_error(error) from error

    def wait(self) -> None:
        try:
            if self._is_open:
                self._manager.wait_until_finished()
        except (OSError, ValueError) as error:
            raise self._write_error(error) from error

    def _write_error(self, error: Exception) -> RunError:
        number = error.errno if isinstance(error, OSError) else None
        if match := re.search(r"os_error_code='(\d+)'", str(error)):
            number = int(match[1])
        reason = os.strerror(number) if number else " ".join(str(error).split())[:300]
        told = describe_error(OSError(number or 0, reason, str(self._folder)))
        return RunError(
            f"A checkpoint could not be written to {told} Then start the run again with --resume; "
            "earlier checkpoints are kept."
        )

    def read(self, step: int, like: TrainState) -> Restored:
        import orbax.checkpoint as ocp

        _check_shapes(self._manager.item_metadata(step)["state"], self.path(step), like)
        target = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
        state, notes = ocp.args.StandardRestore(target), ocp.args.JsonRestore()
        read = self._manager.restore(step, args=ocp.args.Composite(state=state, notes=notes))
        if not isinstance(read["notes"], dict):
            raise ValueError("its notes are missing")
        return Restored(read["state"], read["notes"])

    def set_aside(self, step: int) -> None:
        """Move a damaged checkpoint to `damaged/`, so that its step can be saved again."""
        if not self._writes:
            return
        aside = self._folder.parent / "damaged" / f"{self._folder.name}-{step}"

        def move() -> None:
            aside.parent.mkdir(exist_ok=True)
            target = aside
            while target.exists():
                target = target.with_name(target.name + "+")
            self.path(step).rename(target)

        hosts.on_first(move)
        self._manager.reload()
        log.warning("checkpoint %s was moved to %s", self.path(step), aside)

    def close(self) -> None:
        try:
            if self._is_open:
                self._manager.close()
        except (OSError, ValueError) as error:
            raise self._write_error(error) from error


def _without_late_writes(unraisable: Any) -> None:
    """Print an exception of a thread, unless it is of a write whose checkpoint has failed already.

    After the first write that fails, orbax closes its event loop. The threads of tensorstore print
    a stack for each write that ends later.
    """
    if str(unraisable.exc_value) != "Event loop is closed":
        sys.__unraisablehook__(unraisable)


def _restore(folders: list[_Folder], like: TrainState) -> Restored:
    problems = []
    for folder in folders:
        for step in folder.steps:
            restored, problem = _attempt(folder, step, like)
            # Every process reads its own part, so all must be able to read the checkpoint.
            if not hosts.total(np.array([restored is None]))[0]:
                assert restored is not None
                return restored
            problem = f"checkpoint {folder.path(step)} cannot be read ({problem})"
            log.warning("%s; the next one is tried", problem)
            folder.set_aside(step)
            problems.append(problem)
    if not problems:
        raise RunError(f"No checkpoint in {folders[0].path(0).parent.parent}.")
    raise RunError(
        "No checkpoint can be read: " + "; ".join(problems) + ". Start again in another --out."
    )


def _attempt(folder: _Folder, step: int, like: TrainState) -> tuple[Restored | None, str]:
    try:
        return folder.read(step, like), ""
    except RunError:
        raise
    except Exception as error:
        # Damage raises many kinds of errors: missing files, JSON, checksums, tensorstore's own.
        return None, " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _check_shapes(metadata: Any, path: Path, like: TrainState) -> None:
    """Raise RunError naming the first parameter whose stored shape is not the model's."""
    if metadata is None:
        return
    stored = getattr(metadata, "tree", metadata)
    stored = stored["params"] if isinstance(stored, dict) else stored.params
    for name, leaf in like.params.items():
        if name not in stored:
            raise RunError(
                f"Checkpoint {path} has no parameter {name}: "
                "it belongs to another model. Use the configuration it was trained with."
            )
        if tuple(stored[name].shape) != tuple(leaf.shape):
            raise RunError(
                f"Parameter {name} has shape {tuple(stored[name].shape)} in checkpoint "
                f"{path}, but {tuple(leaf.shape)} in this model."
            )
