"""PyAV and the program ffmpeg as decoders: what they decode, block by block, from start to end.

Both have `rate` and `channels`, yield float32 (samples, channels) once, and raise AudioError where
the file is damaged or truncated. No more than a block is in memory.
"""

from __future__ import annotations

import itertools
import os
import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from spoofjax.errors import AudioError

STATED_FORMATS = frozenset({"mov", "mp4", "m4a", "matroska", "webm", "asf"})
"""Containers whose header states the duration; the others estimate it from the bit rate."""
PIPED = 1 << 15
"""Samples of each channel that are read from ffmpeg at a time."""
AU_HEADER = struct.Struct(">4sIIIII")
"""Of an AU file: magic, offset of the samples, their bytes, encoding, rate, channels."""


class PyAVDecoder:
    """Decodes the first audio stream of a file by PyAV."""

    def __init__(self, name: str):
        self._name = name
        self._parts = self._decoded()
        # The first samples tell rate and channels: a header may state half the rate of AAC.
        self._first = next(self._parts, None)
        self.rate, self.channels = 0, 1
        if self._first is not None:
            self.rate = int(self._first.sample_rate)
            self.channels = int(self._first.layout.nb_channels)

    def __iter__(self) -> Iterator[np.ndarray]:
        first, self._first = self._first, None
        for part in itertools.chain([] if first is None else [first], self._parts):
            yield np.ascontiguousarray(part.to_ndarray().T)

    def _decoded(self) -> Iterator[Any]:
        """Yield frames of planar float32. Raises AudioError, for a truncated file at its end."""
        import av  # type: ignore[import-not-found]  # extra `media`
        import av.error  # type: ignore[import-not-found]

        try:
            with av.open(self._name) as container:
                if not container.streams.audio:
                    raise AudioError(f"{self._name}: the file has no audio stream.")
                resampler, seconds = av.AudioResampler(format="fltp"), 0.0
                frames = container.decode(container.streams.audio[0])
                for frame in itertools.chain(frames, [None]):  # None flushes
                    for part in resampler.resample(frame):
                        seconds += part.samples / part.sample_rate
                        yield part
                stated = float((container.duration or 0) / av.time_base)
                _check_duration(self._name, container.format.name, seconds, stated)
        except av.error.FFmpegError as error:
            raise AudioError(
                f"{self._name}: decoding failed ({error.strerror}). The file is damaged: copy it "
                "again."
            ) from None

    def close(self) -> None:
        """Close the file."""
        self._parts.close()  # type: ignore[attr-defined]  # a generator


class FFmpegDecoder:
    """Decodes the first audio stream of a file by the program ffmpeg, which writes to a pipe."""

    def __init__(self, name: str):
        self._name = name
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  `close` closes it
        # The prefix keeps a name with a colon or a leading '-' from meaning something else.
        self._process = subprocess.Popen(
            [
                "ffmpeg", "-nostdin", "-nostats", "-hide_banner", "-v", "level+info", "-xerror",
                "-i", b"file:" + os.fsencode(name), "-map", "0:a:0",
                "-c:a", "pcm_f32be", "-f", "au", "pipe:1",
            ],
            stdout=subprocess.PIPE,
            stderr=self._log,
        )  # fmt: skip
        self.rate, self.channels = 0, 1
        try:
            header = self._read(AU_HEADER.size)
            if len(header) < AU_HEADER.size:
                self._finish(0.0)
                return
            _, offset, _, _, self.rate, self.channels = AU_HEADER.unpack(header)
            self._read(offset - AU_HEADER.size)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[np.ndarray]:
        size, length = 4 * self.channels, 0
        while self.rate and (data := self._read(PIPED * size)):
            samples = np.frombuffer(data[: len(data) // size * size], ">f4").astype(np.float32)
            length += len(samples) // self.channels
            yield samples.reshape(-1, self.channels)
        if self.rate:
            self._finish(length / self.rate)

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def _read(self, count: int) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.read(count)

    def _finish(self, seconds: float) -> None:
        """Raise AudioError where the program failed, or wrote less than the header states."""
        status = self._process.wait()
        self._log.seek(0)
        log = self._log.read().decode(errors="replace")
        if status != 0:
            errors = re.findall(r"\[(?:error|fatal)\] (.+)", log) or ["no reason given"]
            raise AudioError(
                f"{self._name}: decoding failed ({errors[-1].strip()}). The file is damaged or "
                "holds no audio: copy it again."
            )
        container = re.search(r"Input #0, ([\w,]+), from", log)
        duration = re.search(r"Duration: (\d+):(\d+):([\d.]+)", log)
        if container and duration:
            hours, minutes, rest = map(float, duration.groups())
            _check_duration(self._name, container[1], seconds, 3600 * hours + 60 * minutes + rest)


def _check_duration(name: str, container: str, seconds: float, stated: float) -> None:
    """Raise AudioError where a container states a longer duration than was decoded.

    `container` is ffmpeg's name, several names with commas.
    """
    # Durations are rounded, and decoders drop the encoder's delay of some hundred milliseconds.
    if STATED_FORMATS & set(container.split(",")) and seconds < 0.98 * stated - 0.2:
        raise AudioError(
            f"{name}: ends after {seconds:.2f} of the {stated:.2f} s that its header states. The "
            "file is truncated: copy it again."
        )
