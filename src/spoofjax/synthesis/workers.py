"""Processes that make copies side by side.

Each is a new Python process with one thread for matrix products: results then depend neither on
the number of processes nor on what the parent process has done before.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import LostProcess
from spoofjax.synthesis.making import Made, make_copies
from spoofjax.synthesis.parents import Parent

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Work(NamedTuple):
    """What a worker needs to know; it can be pickled."""

    originals: Mapping[str, Manifest]
    folders: Mapping[str, Path]
    """Where the files of each split go."""
    attacks: Mapping[str, dict[str, Any]]
    """The attacks as JSON, by tag."""
    code: Sequence[Path]
    """Python files that define some of them."""


def make_all(parents: Sequence[Parent], work: Work, processes: int) -> Iterator[tuple[int, Made]]:
    """Make the copies of all parents; yield the index of each as it is done.

    The order is that of the work. Raises what a worker raises.
    """
    context = multiprocessing.get_context("spawn")
    count = min(processes, len(parents))
    with contextlib.ExitStack() as stack:
        connections = []
        with _environment(ONE_THREAD):
            for number in range(count):
                ours, theirs = context.Pipe(duplex=False)
                shares = [(n, parents[n]) for n in range(number, len(parents), count)]
                process = context.Process(target=_work, args=(theirs, shares, work), daemon=True)
                process.start()
                theirs.close()
                stack.callback(process.join)
                stack.callback(process.terminate)
                stack.callback(ours.close)
                connections.append(ours)
        while connections:
            for connection in wait(connections):
                assert isinstance(connection, Connection)
                message = _received(connection)
                if message is None:
                    connections.remove(connection)
                else:
                    yield message


def _received(connection: Connection) -> tuple[int, Made] | None:
    """Return a worker's next result, or None at its end. Raises the error that it sends."""
    try:
        message = connection.recv()
    except EOFError:
        raise LostProcess(
            "A process that made copies was killed, perhaps because memory ran out. Run the same "
            "command again, with fewer --processes."
        ) from None
    if isinstance(message, Exception):
        raise message
    return message


def _work(connection: Connection, shares: Sequence[tuple[int, Parent]], work: Work) -> None:
    """Make the copies of some parents; send (index, Made) for each, and None at the end."""
    from spoofjax.config_files import from_json
    from spoofjax.loading.sources import source_of
    from spoofjax.own_code import run_file
    from spoofjax.synthesis.attack import RATE

    # Ctrl-C reaches all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError):  # the first process is gone
        try:
            for path in work.code:
                run_file(path)
            attacks = {tag: from_json(value) for tag, value in work.attacks.items()}
            sources = {split: source_of(rows, RATE) for split, rows in work.originals.items()}
            for index, parent in shares:
                folder = work.folders[parent.split]
                made = make_copies(parent, sources[parent.split], attacks, folder)
                connection.send((index, made))
            connection.send(None)
        except BrokenPipeError:
            raise
        except Exception as error:
            connection.send(error)


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables while processes are started."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
