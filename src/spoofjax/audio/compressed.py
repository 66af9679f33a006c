"""Compressed formats of libsndfile: decoded whole and once.

Decoders of MP3, Vorbis and others carry a state from block to block. Where one starts in the middle
of a file its samples differ from those of the whole. Decoded whole, a crop equals the same samples
of the whole, and a file without a stated length is read to its end.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from spoofjax.audio.decoder_noise import NOISE
from spoofjax.audio.sounds import (
    SIXTEEN_BIT,
    DecodedSound,
    Dtype,
    Sound,
    decoding,
    read_start,
)
from spoofjax.audio.truncation import UNKNOWN_LENGTH
from spoofjax.errors import AudioError, EmptyAudio


def decoded_sound(
    path: Any, file: Any, seconds: float | None = None, longest: float | None = None
) -> DecodedSound:
    """Decode a file that is open in soundfile and keep its first `seconds`, by default all.

    Raises AudioError for a damaged or truncated one, and LongAudio for one of more than `longest`
    seconds.
    """
    name = os.fsdecode(path)
    most = None if seconds is None else math.ceil(seconds * file.samplerate)
    with NOISE.caught(name), decoding(name):
        if file.format == "MP3" and not _states_length(path):
            samples, length = _piped(path, most, longest)
        else:
            file.seekable = lambda: False  # blocks follow each other without a search
            kind: Dtype = "int16" if file.subtype in SIXTEEN_BIT else "float32"
            samples, length = read_start(file, kind, most, longest)
            _check_decoded(name, length, file.frames)
    if not len(samples):
        raise EmptyAudio(f"{name}: the file holds no samples. Remove it from the protocol.")
    return DecodedSound(name, samples, int(file.samplerate), file.format, file.subtype, length)


def _states_length(path: Any) -> bool:
    """Whether an MP3 file has a frame (Xing, Info) that states how many frames follow."""
    with open(path, "rb") as file:
        file.seek(_id3_bytes(file.read(10)))
        start = file.read(256)
    return b"Xing" in start or b"Info" in start


def _id3_bytes(start: bytes) -> int:
    """Return the size of the ID3v2 tag that a file begins with, from its first ten bytes."""
    if start[:3] != b"ID3" or len(start) < 10:
        return 0
    size = 0
    for byte in start[6:10]:  # seven bits each
        size = size << 7 | byte & 0x7F
    return 10 + size


class CompressedStream(Sound):
    """A file that is open in soundfile and is decoded once, from start to end, block by block.

    Its length is known when all of it has been read.
    """

    def __init__(self, path: Any, file: Any):
        self.path, self._file, self.length = os.fsdecode(path), file, 0
        self.rate, self.channels = int(file.samplerate), int(file.channels)
        self.format, self.subtype = file.format, file.subtype

    def in_order(self, count: int) -> Iterator[np.ndarray]:
        """Yield float32 (up to `count`, channels). Raises AudioError for a damaged file."""
        with contextlib.ExitStack() as files:
            stream, stated = self._file, self._file.frames
            if self.format == "MP3" and not _states_length(self.path):
                stream, stated = files.enter_context(_mp3_stream(self.path)), UNKNOWN_LENGTH
            stream.seekable = lambda: False  # blocks follow each other without a search
            while True:
                with NOISE.caught(self.path), decoding(self.path):
                    block = stream.read(count, dtype="float32", always_2d=True)
                self.length += len(block)
                if len(block):
                    yield block
                if len(block) < count:
                    break
        _check_decoded(self.path, self.length, stated)

    def close(self) -> None:
        self._file.close()


def _check_decoded(name: str, length: int, stated: int) -> None:
    """Raise AudioError where a file holds fewer samples than it states, or none."""
    if length < stated < UNKNOWN_LENGTH:
        raise AudioError(
            f"{name}: ends after {length} of {stated} samples. The file is truncated or damaged: "
            "copy it again."
        )
    if not length:
        raise EmptyAudio(f"{name}: the file holds no samples. Remove it from the protocol.")


def _piped(path: Any, most: int | None, longest: float | None) -> tuple[np.ndarray, int]:
    """Return what `read_start` returns, float32, of an MP3 file that is read as a stream."""
    with _mp3_stream(path) as stream:
        return read_start(stream, "float32", most, longest)


@contextlib.contextmanager
def _mp3_stream(path: Any) -> Iterator[Any]:
    """Yield a soundfile.SoundFile that reads an MP3 file as a stream.

    From a file libsndfile reads only as many samples as it estimates from the bit rate of the first
    frame, which is wrong where the rate varies. A stream has no length to estimate.
    """
    import soundfile

    receiver, sender = os.pipe()

    def feed() -> None:
        with open(path, "rb") as source, os.fdopen(sender, "wb") as sink:
            source.seek(_id3_bytes(source.read(10)))
            try:
                while block := source.read(1 << 16):
                    sink.write(block)
            except BrokenPipeError:
                pass  # the decoder stopped at a damaged frame and says so itself

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        with soundfile.SoundFile(receiver, closefd=False) as stream:
            yield stream
    finally:
        os.close(receiver)
        feeder.join()
