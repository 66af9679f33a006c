"""Compressed formats of libsndfile: decoded whole and once.

Decoders of MP3, Vorbis and others carry a state from block to block. Where one starts in the middle
of a file its samples differ from those of the whole. Decoded whole, a crop equals the same samples
of the whole, and a file without a stated length is read to its end.
"""

from __future__ import annotations

import math
import os
import threading
from typing import Any

import numpy as np

from spoofjax.audio.decoder_noise import NOISE
from spoofjax.audio.sounds import SIXTEEN_BIT, DecodedSound, Dtype, decoding, read_start
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
            if length < file.frames < UNKNOWN_LENGTH:
                raise AudioError(
                    f"{name}: ends after {length} of {file.frames} samples. The file is "
                    "truncated or damaged: copy it again."
                )
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


def _piped(path: Any, most: int | None, longest: float | None) -> tuple[np.ndarray, int]:
    """Return what `read_start` returns, float32, of an MP3 file that is read as a stream.

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
            return read_start(stream, "float32", most, longest)
    finally:
        os.close(receiver)
        feeder.join()
