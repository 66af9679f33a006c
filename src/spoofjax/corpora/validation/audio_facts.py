"""What decoding an audio file tells: length, rate, channels, level, clipping; in threads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.audio.flac_header import flac_header, has_right_md5
from spoofjax.audio.judging import Origin, Reason, reason_against
from spoofjax.audio.opening import open_whole
from spoofjax.errors import AudioError, CorpusError, EmptyAudio

CHUNK = 64
FULL_SCALE = 32767 / 32768


class Facts(NamedTuple):
    """What decoding one file tells; `error` is '' for a file that could be read."""

    frames: int = 0
    rate: int = 0
    channels: int = 0
    swing: float = 0.0
    """Largest minus smallest sample; full scale is 2."""
    clipped: float = 0.0
    """Share of samples at full scale."""
    digest: str = ""
    """Hash of the decoded samples: equal for equal samples, whatever the file format."""
    error: str = ""
    doubt: str = ""
    """Why a detector could not judge the file: 'md5', or the kind of an audio.judging.Reason."""
    why: str = ""
    """The same in words."""


def examine(path: str) -> Facts:
    """Decode a file and return its facts. That a file is unreadable is a fact too, not an error."""
    try:
        with open_whole(path) as sound:
            samples = sound.read(0, sound.length, "int16" if sound.is_sixteen_bit else "float32")
            header = flac_header(path)
            has_md5 = header is None or has_right_md5(sound, header)
            rate, channels = sound.rate, sound.channels
    except EmptyAudio:
        return Facts()
    except (AudioError, OSError) as error:
        text = " ".join(str(error).split()) or type(error).__name__
        return Facts(error=text.removeprefix(f"{path}: "))
    scale, full = (32768.0, 32767) if samples.dtype == np.int16 else (1.0, FULL_SCALE)
    high, low = samples.max(), samples.min()
    clipped = 0
    if high >= full or low <= -full:
        clipped = np.count_nonzero(samples >= full) + np.count_nonzero(samples <= -full)
    swing = (float(high) - float(low)) / scale
    digest = hashlib.blake2b(samples.tobytes(), digest_size=12).hexdigest()
    if has_md5:
        reason = _reason_against(samples / np.float32(scale), rate)
    else:
        reason = Reason("md5", "the samples differ from the MD5 in the header")
    return Facts(
        len(samples), rate, channels, swing, clipped / samples.size, digest, "",
        *(reason or ("", "")),
    )  # fmt: skip


def _reason_against(samples: np.ndarray, rate: int) -> Reason | None:
    """Say why (samples, channels) could not be judged once they are mixed to mono."""
    loudest = float(np.sqrt(np.square(samples, dtype=np.float64).mean(axis=0).max()))
    origin = Origin(rate, samples.shape[1], loudest)
    return reason_against(samples.mean(axis=1), rate, origin=origin)


def examine_all(
    paths: Sequence[str],
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    state: str | Path | None = None,
) -> list[Facts]:
    """Return the facts of many files, decoded in threads.

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

    def work(chunk: list[int]) -> list[Facts]:
        return [examine(paths[row]) for row in chunk]

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
    return [fact for fact in facts if fact is not None]


def _key(path: str) -> str:
    """Return a key for a file as it is now, which changes with it; a missing file has one too."""
    try:
        status = os.stat(path)
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
