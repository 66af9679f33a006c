"""The processes of one run: how they connect, agree and end together."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import traceback
import zlib
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from spoofjax.cluster.places import Place
from spoofjax.config import Parallel
from spoofjax.errors import ConfigError, LostProcess, RunError, SpoofjaxError
from spoofjax.failures import failure_of
from spoofjax.signals import leave

Value = TypeVar("Value")
MESSAGE_BYTES = 4096
"""Size of a text that the first process sends to the others."""


# ------------------------------------------------------------------------- joining


@contextlib.contextmanager
def joined(place: Place | None, parallel: Parallel) -> Iterator[None]:
    """Connect the processes of a run while the body runs; without a place there is only one.

    An error in one process ends that process at once, without waiting for the others. They notice
    the broken connection or the missing heartbeat. Raises ConfigError if not all processes connect
    within `parallel.start_timeout` seconds.
    """
    if place is None:
        yield
        return
    try:
        _connect(place, parallel)
        yield
        barrier("the end")
    except BaseException as error:
        _leave(error)
    import jax

    jax.distributed.shutdown()


def _connect(place: Place, parallel: Parallel) -> None:
    import jax

    limit = parallel.start_timeout
    timeout = ConfigError(
        f"Process {place.process} of {place.processes} (from {place.launcher}) did not meet the "
        f"others at {place.coordinator} within {limit} s. Check that all {place.processes} "
        "processes were started, that each reaches that host and port, and that no other job uses "
        "the port; --parallel.start-timeout waits longer."
    )
    # At its own time limit, jax ends the process with a C++ stack trace instead of a message.
    timer = threading.Timer(limit, _leave, [timeout])
    timer.start()
    device = place.local_device
    try:
        with _without_proxies():
            jax.distributed.initialize(
                place.coordinator,
                place.processes,
                place.process,
                local_device_ids=None if device is None else [device],
                cluster_detection_method="deactivate",
                initialization_timeout=limit + 60,
                heartbeat_timeout_seconds=parallel.heartbeat,
                shutdown_timeout_seconds=parallel.heartbeat,
            )
    except RuntimeError as error:
        raise ConfigError(
            f"Process {place.process} of {place.processes} (from {place.launcher}) could not join "
            f"at {place.coordinator}: {_first_line(error)}"
        ) from error
    finally:
        timer.cancel()


@contextlib.contextmanager
def _without_proxies() -> Iterator[None]:
    """Hide variables such as http_proxy while the processes connect.

    gRPC would send the connection to the coordinator through the proxy, which cannot reach it.
    """
    hidden = {name: os.environ[name] for name in os.environ if name.lower().endswith("_proxy")}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


def _leave(error: BaseException) -> None:
    """Print the error and end this process now; an orderly exit would wait for the others."""
    import jax

    # jax raises some failures of its collective operations as a ValueError of the same words.
    is_broken_connection = isinstance(error, ValueError) and "Gloo" in str(error)
    if isinstance(error, jax.errors.JaxRuntimeError) or is_broken_connection:
        error = LostProcess(
            f"Another process of this run was lost, or the devices failed: {_first_line(error)} "
            "Start the run again with --resume."
        )
    status = 1
    failure = failure_of(error)
    if failure is not None:
        status = failure.status
        print(f"error: {failure}", file=sys.stderr)
    elif isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else 1
    else:
        traceback.print_exception(error)
    leave(status)


def _first_line(error: BaseException) -> str:
    line = str(error).strip().split("\n")[0][:300]
    return line if line.endswith(".") else line + "."


# ------------------------------------------------------------------------ agreeing


def is_first() -> bool:
    """Whether this is the process that writes files and prints."""
    return process_number() == 0


def process_number() -> int:
    """Return this process's number, 0 to processes - 1."""
    import jax

    return jax.process_index()


def several() -> bool:
    """Whether this run has more than one process."""
    import jax

    return jax.process_count() > 1


def on_first(action: Callable[[], object]) -> None:
    """Call `action` in the first process only; if it raises SpoofjaxError, every process does."""
    if not several():
        action()
        return
    problem = ""
    if is_first():
        try:
            action()
        except SpoofjaxError as error:
            problem = str(error)
    problem = text_of_first(problem)
    if problem:
        raise RunError(problem)


def text_of_first(text: str) -> str:
    """Return the first process's text in every process, cut to MESSAGE_BYTES of UTF-8."""
    if not several():
        return text
    buffer = np.zeros(MESSAGE_BYTES, np.uint8)
    encoded = text.encode()[:MESSAGE_BYTES]
    buffer[: len(encoded)] = np.frombuffer(encoded, np.uint8)
    return of_first(buffer).tobytes().rstrip(b"\0").decode(errors="ignore")


def of_first(values: Value) -> Value:
    """Return the first process's arrays (a pytree of numpy arrays) in every process."""
    if not several():
        return values
    from jax.experimental import multihost_utils

    return multihost_utils.broadcast_one_to_all(values)


def total(values: np.ndarray) -> np.ndarray:
    """Return the sum of an array over all processes; integers below 2**31."""
    return values if not several() else gathered(values.astype(np.int32)).sum(0).astype(np.int64)


def gathered(values: np.ndarray) -> np.ndarray:
    """Return (processes, ...): the array of every process, in every process."""
    if not several():
        return values[None]
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.process_allgather(values))


def barrier(name: str) -> None:
    """Wait until every process has reached this point."""
    if several():
        from jax.experimental import multihost_utils

        multihost_utils.sync_global_devices(name)


def same_everywhere(what: str, text: str) -> None:
    """Raise ConfigError unless every process passes the same text; `what` names it."""
    digests = gathered(np.array([zlib.crc32(text.encode()) & 0x7FFFFFFF], np.int32))[:, 0]
    different = np.flatnonzero(digests != digests[0])
    if len(different):
        raise ConfigError(
            f"The processes of this run differ in {what}: process {different[0]} does not match "
            "process 0. Start all of them with the same configuration, files and versions."
        )
