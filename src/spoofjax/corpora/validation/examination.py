"""The facts of all files of a corpus: read in threads, and kept for an interrupted check."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spoofjax.corpora.validation.audio_facts import Facts, examine
from spoofjax.corpora.validation.packed_facts import (
    PackedUtterances,
    is_packed_utterance,
    manifest_of,
)
from spoofjax.errors import CorpusError

CHUNK = 64
"""Files that a thread examines at a time."""


def examine_all(
    paths: Sequence[str],
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    state: str | Path | None = None,
) -> list[Facts]:
    """Return the facts of many files, or utterances of a packed corpus, read in threads.

    `progress(done, total)` is called as files are done. Facts are appended to the file `state`;
    files that it lists with the same path, size and time of change are not read again, so an
    interrupted run continues where it stopped. Raises CorpusError where `state` is another file.
    """
    saved = _load(state)
    keys = [_key(path) for path in paths] if state else []
    facts: list[Facts | None] = [saved.get(key) for key in keys] if state else [None] * len(paths)
    todo = [row for row, fact in enumerate(facts) if fact is None]
    done = len(paths) - len(todo)
    if progress:
        progress(done, len(paths))
    chunks = [todo[start : start + CHUNK] for start in range(0, len(todo), CHUNK)]

    packed = PackedUtterances()

    def work(chunk: list[int]) -> list[Facts]:
        return [
            packed.examine(path) if is_packed_utterance(path) else examine(path)
            for path in (paths[row] for row in chunk)
        ]

    pool = ThreadPoolExecutor(workers or os.cpu_count())
    try:
        for chunk, decoded in zip(chunks, pool.map(work, chunks), strict=True):
            for row, fact in zip(chunk, decoded, strict=True):
                facts[row] = fact
            if state:
                _append(state, zip((keys[row] for row in chunk), decoded, strict=True))
            done += len(chunk)
            if progress:
                progress(done, len(paths))
    finally:
        # An interrupted check stops after the files being decoded; the others are in `state`.
        pool.shutdown(cancel_futures=True)
        packed.close()
    return [fact for fact in facts if fact is not None]


def _key(path: str) -> str:
    """Return a key for a file as it is now, which changes with it; a missing file has one too."""
    try:
        # The utterances of a packed split change together with its manifest.
        status = os.stat(manifest_of(path) if is_packed_utterance(path) else path)
        text = f"{os.path.abspath(path)}\0{status.st_size}\0{status.st_mtime_ns}"
    except OSError:
        text = os.path.abspath(path)
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()


def _append(state: str | Path, facts: Iterable[tuple[str, Facts]]) -> None:
    lines = ["\t".join(map(str, (key, *fact))) + "\n" for key, fact in facts]
    with open(state, "a", encoding="utf-8") as file:
        file.write("".join(lines))


def _load(state: str | Path | None) -> dict[str, Facts]:
    """Return the facts in a state file; a last line cut short by an interruption is ignored."""
    saved: dict[str, Facts] = {}
    if state is None or not Path(state).is_file():
        return saved
    try:
        text = Path(state).read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            with open(state, "a", encoding="utf-8") as file:
                file.write("\n")
            text = text[: text.rfind("\n") + 1]
        for line in text.split("\n"):
            fields = line.split("\t")
            if len(fields) == 1 + len(Facts._fields):
                key, frames, rate, channels, swing, clipped, *texts = fields
                numbers = int(frames), int(rate), int(channels), float(swing), float(clipped)
                saved[key] = Facts(*numbers, *texts)
    except ValueError as error:
        raise CorpusError(
            f"{state} was not written by an earlier check ({error}). Name another file."
        ) from error
    return saved
