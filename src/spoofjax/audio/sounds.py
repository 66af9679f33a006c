"""Sounds that are open: samples in their own rate and channels, from a file or from memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from spoofjax.errors import AudioError, LongAudio

PLAIN = frozenset({"PCM_16", "PCM_24", "PCM_32", "PCM_S8", "PCM_U8", "FLOAT", "DOUBLE"})
COMPANDED = frozenset({"ULAW", "ALAW"})
SIXTEEN_BIT = frozenset({"PCM_16", "PCM_S8", "PCM_U8"})
"""Subtypes of libsndfile whose samples int16 holds."""
Dtype = Literal["float32", "int16", "int32"]
BLOCK = 1 << 16
"""Samples that are decoded at a time where the length is unknown or not to be trusted."""
MOST_VALUES = 96_000
"""Samples a second, of all channels, that a length limit is made for: two channels at 48 kHz."""


class Sound:
    """An open sound; `read` returns any part of it."""

    path: Any
    rate: int
    """Samples per second."""
    channels: int
    length: int
    """Samples of each channel."""
    format: str
    """The container, as libsndfile names it: WAV, FLAC, MP3 ..."""
    subtype: str
    """The encoding of the samples, as libsndfile names it."""
    is_decoded = False
    """Whether all samples are in memory already."""

    @property
    def is_sixteen_bit(self) -> bool:
        """Whether int16 holds the samples exactly."""
        return self.subtype in SIXTEEN_BIT

    def read(
        self, start: int, count: int, dtype: Dtype = "float32", out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return (count, channels): samples start .. start + count - 1.

        `dtype` is float32, or int16 for a 16-bit sound, or int32 for a FLAC file, whose samples are
        then the upper bits. `out`, float32, may hold the result of a mono sound.
        Raises AudioError where the file is damaged or ends early.
        """
        raise NotImplementedError

    def in_order(self, count: int) -> Iterator[np.ndarray]:
        """Yield float32 (up to `count`, channels) from start to end. Raises as `read` does."""
        for start in range(0, self.length, count):
            yield self.read(start, min(count, self.length - start))

    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> Sound:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class DecodedSound(Sound):
    """A sound that was decoded whole, because its decoder cannot start exactly at any sample."""

    is_decoded = True

    def __init__(
        self,
        path: Any,
        samples: np.ndarray,
        rate: int,
        format: str,
        subtype: str,
        length: int | None = None,
    ):
        """`samples` are (samples, channels), of a longer sound only the first of `length`."""
        self.path, self.rate, self.format, self.subtype = path, rate, format, subtype
        self.length, self.channels = samples.shape
        self.length = self.length if length is None else length
        self._samples = samples

    def read(
        self, start: int, count: int, dtype: Dtype = "float32", out: np.ndarray | None = None
    ) -> np.ndarray:
        part = self._samples[start : start + count]
        if dtype == part.dtype:
            return part
        if dtype == "float32":
            return part * np.float32(1 / 32768)
        if part.dtype == np.int16:
            return part.astype(np.int32) << 16
        return (part * np.float64(1 << 31)).astype(np.int32)


class SeekableSound(Sound):
    """A sound whose decoder, libsndfile, starts exactly at any sample."""

    def __init__(self, path: Any, file: Any):
        self.path, self._file = path, file
        self.rate, self.channels = int(file.samplerate), int(file.channels)
        self.length, self.format, self.subtype = int(file.frames), file.format, file.subtype

    def read(
        self, start: int, count: int, dtype: Dtype = "float32", out: np.ndarray | None = None
    ) -> np.ndarray:
        start = min(start, self.length)
        if self.format != "FLAC" or start + count >= self.length:
            return self._decode(start, count, dtype, out)
        try:
            self._check_end()
            return self._decode(start, count, dtype, out)
        except AudioError:
            # A damaged header can mislead the search for a sample in a file that is whole. The
            # decoder does not recover from that, so the file is opened again.
            self._open_again()
            return self._decode(0, self.length, dtype)[start : start + count]

    def _decode(
        self, start: int, count: int, dtype: Dtype, out: np.ndarray | None = None
    ) -> np.ndarray:
        into = out[:count, None] if out is not None and self.channels == 1 else None
        is_credible = count * self.channels <= 64 * os.path.getsize(self.path) + BLOCK
        with decoding(self.path):
            seek(self._file, start)
            if is_credible:
                samples = self._file.read(count, dtype=dtype, always_2d=True, out=into)
            else:
                samples = read_blocks(self._file, dtype, count)
        if len(samples) < count:
            raise AudioError(
                f"{self.path}: ends after {start + len(samples)} of {self.length} samples. The "
                "file is truncated or damaged: copy it again."
            )
        if self.subtype in ("FLOAT", "DOUBLE") and not np.isfinite(samples).all():
            raise AudioError(f"{self.path}: holds NaN or infinite samples. Render the file again.")
        return samples

    def in_order(self, count: int) -> Iterator[np.ndarray]:
        # Reading in order meets a missing end by itself, so that nothing is decoded twice.
        for start in range(0, self.length, count):
            yield self._decode(start, min(count, self.length - start), "float32")

    def _open_again(self) -> None:
        self._file.close()
        with decoding(self.path):
            self._file = opened_file(self.path)

    def _check_end(self) -> None:
        """Raise AudioError unless the last sample is there: FLAC's header alone cannot tell."""
        with decoding(self.path):
            seek(self._file, self.length - 1)
            last = self._file.read(1, dtype="int16")
        if not len(last):
            raise AudioError(
                f"{self.path}: ends before the last of the {self.length} samples that its header "
                "states. The file is truncated: copy it again."
            )

    def close(self) -> None:
        self._file.close()


class decoding:
    """Context in which an error of the decoder or of memory is an AudioError with the path."""

    def __init__(self, path: Any):
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: object) -> None:
        import soundfile

        if isinstance(error, soundfile.SoundFileRuntimeError):
            raise AudioError(
                f"{self._path}: decoding failed ({reason(error)}). The file is damaged: copy it "
                "again."
            ) from None
        if isinstance(error, MemoryError):
            raise AudioError(
                f"{self._path}: its samples do not fit into memory. Cut the file into parts."
            ) from None


def reason(error: Exception) -> str:
    """Return libsndfile's words for an error."""
    return str(getattr(error, "error_string", error)).removeprefix("Error : ").strip().rstrip(".")


def check_length(path: Any, frames: int, rate: int, channels: int, longest: float | None) -> None:
    """Raise LongAudio for a sound of more than `longest` seconds; None allows any length.

    A sound of more than MOST_VALUES samples a second, of all channels, counts as longer.
    """
    if longest is None:
        return
    seconds = frames / rate
    if seconds > longest:
        raise LongAudio(f"{path}: has more than {longest:g} s of audio. Cut it into parts.")
    if frames * channels > MOST_VALUES * longest:
        raise LongAudio(
            f"{path}: {seconds:.1f} s of {channels} channels at {rate:,} Hz are more than "
            f"{MOST_VALUES * longest:,.0f} samples. Convert it to fewer channels or a lower rate."
        )


def opened_file(path: Any) -> Any:
    """Return a soundfile.SoundFile. Raises soundfile.SoundFileRuntimeError."""
    import soundfile

    name: Any = os.fsencode(path)  # bytes, so that a name that is not UTF-8 can be opened too
    return soundfile.SoundFile(name)


def seek(file: Any, start: int) -> None:
    """Let the next samples that are read begin at `start`."""
    if file.tell() != start:
        file.seek(start)
    # Otherwise soundfile seeks to where it stopped, and FLAC decodes that block a second time.
    file.seekable = lambda: False


def read_blocks(file: Any, dtype: Dtype, most: int | None = None) -> np.ndarray:
    """Return (samples, channels) up to the end of the file, at most `most`.

    The memory follows what is decoded, not what the header claims.
    """
    blocks, total = [], 0
    while most is None or total < most:
        count = BLOCK if most is None else min(BLOCK, most - total)
        block = file.read(count, dtype=dtype, always_2d=True)
        blocks.append(block)
        total += len(block)
        if len(block) < count:
            break
    return np.concatenate(blocks) if len(blocks) != 1 else blocks[0]


def read_start(
    file: Any, dtype: Dtype, most: int | None, longest: float | None = None
) -> tuple[np.ndarray, int]:
    """Return the first `most` samples (samples, channels), and how many the file has in all.

    The rest is decoded too, to count it, but takes no memory. None keeps all samples. Raises
    LongAudio where there are more than `longest` seconds.
    """
    start = read_blocks(file, dtype, most)
    total = len(start)
    check_length("the file", total, file.samplerate, file.channels, longest)
    while most is not None and (count := len(file.read(BLOCK, dtype=dtype))):
        total += count
        check_length("the file", total, file.samplerate, file.channels, longest)
    return start, total
