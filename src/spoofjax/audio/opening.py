"""One way to open an audio file, for all commands, and the reasons why one cannot be used."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from spoofjax.audio import _flac  # type: ignore[attr-defined]  # compiled
from spoofjax.audio.compressed import CompressedStream, decoded_sound
from spoofjax.audio.decoder_noise import NOISE
from spoofjax.audio.judging import rate_problem
from spoofjax.audio.media import MediaStream, is_media, media_sound
from spoofjax.audio.parquet_rows import is_stored, stored_file
from spoofjax.audio.sounds import (
    COMPANDED,
    PLAIN,
    DecodedSound,
    SeekableSound,
    Sound,
    check_length,
    opened_file,
    reason,
)
from spoofjax.audio.special_files import refuse_special
from spoofjax.audio.truncation import UNKNOWN_LENGTH, check_complete
from spoofjax.errors import AudioError, EmptyAudio


def open_sound(
    path: str | os.PathLike[str],
    seconds: float | None = None,
    *,
    longest: float | None = None,
    suffix: str | None = None,
) -> Sound:
    """Open an audio file of any format; the caller closes it.

    With `seconds`, only so much from the start may be read: of a file that is decoded whole no more
    is kept in memory. A file of more than `longest` seconds is not decoded on, but raises
    LongAudio. `suffix` takes the place of that of the path. Raises AudioError for a file that is
    missing, unreadable, empty or truncated, whose header states a rate that no recording has, or
    that is a pipe or a device.
    """
    if is_stored(path):
        return _stored_sound(path, seconds, longest)
    file = _opened(path, suffix)
    if file is None:
        return _checked(media_sound(path, seconds, longest=longest, suffix=suffix))
    try:
        if _is_seekable(file):
            check_length(path, file.frames, file.samplerate, file.channels, longest)
            return SeekableSound(path, file)
        sound = decoded_sound(path, file, seconds, longest)
    except BaseException:
        file.close()
        raise
    file.close()
    return sound


def open_in_order(path: str | os.PathLike[str]) -> Sound:
    """Open an audio file to read it once, from start to end, by `in_order`.

    No more than a block of it is in memory. Raises AudioError as `open_sound` does, for some damage
    while the blocks are read.
    """
    if is_stored(path):
        return _stored_sound(path)
    file = _opened(path, None)
    if file is None:
        return _checked(MediaStream(path))
    return SeekableSound(path, file) if _is_seekable(file) else CompressedStream(path, file)


def _opened(path: str | os.PathLike[str], suffix: str | None) -> Any:
    """Return a complete file that is open in soundfile, or None for one that media_sound reads."""
    import soundfile

    refuse_special(path)
    try:
        with NOISE.caught(os.fsdecode(path)):
            file = opened_file(path)
    except soundfile.SoundFileRuntimeError as error:
        if is_media(path, suffix) and os.path.isfile(path) and os.path.getsize(path):
            return None
        raise _why_not(Path(path), error) from None
    try:
        check_complete(file, path)
        _check_rate(int(file.samplerate), path)
    except BaseException:
        file.close()
        raise
    return file


def open_whole(path: str | os.PathLike[str]) -> Sound:
    """Open an audio file as `open_sound` does, to read all of it.

    16-bit mono FLAC is decoded at once by csrc/flac, which reads the clips of training too: it is
    faster, and a damaged header that the one decoder forgives is not an error of the other.
    """
    if is_stored(path):
        return _stored_sound(path)
    if os.fspath(path).endswith(".flac"):
        decoded = _flac.whole(path)
        if decoded is not None:
            samples, rate = decoded
            return _checked(DecodedSound(path, samples[:, None], rate, "FLAC", "PCM_16"))
    return open_sound(path)


def _stored_sound(
    path: Any, seconds: float | None = None, longest: float | None = None
) -> DecodedSound:
    """Decode the audio in a row of a Parquet file, the first `seconds` of it, by default all."""
    with (
        stored_file(path) as file,
        open_whole(file)
        if seconds is None and longest is None
        else open_sound(file, seconds, longest=longest) as sound,
    ):
        count = sound.length if seconds is None else math.ceil(seconds * sound.rate)
        samples = sound.read(
            0, min(count, sound.length), "int16" if sound.is_sixteen_bit else "float32"
        )
        return DecodedSound(path, samples, sound.rate, sound.format, sound.subtype, sound.length)


def _is_seekable(file: Any) -> bool:
    """Whether the decoder can start at any sample and give exactly the samples of the whole."""
    is_exact = file.subtype in PLAIN | COMPANDED and file.format != "OGG"
    return is_exact and file.frames < UNKNOWN_LENGTH


def _checked(sound: Sound) -> Sound:
    try:
        _check_rate(sound.rate, sound.path)
    except AudioError:
        sound.close()
        raise
    return sound


def _check_rate(rate: int, path: Any) -> None:
    problem = rate_problem(rate)
    if problem:
        raise AudioError(f"{path}: {problem}. Correct the header or convert the file again.")


def _why_not(path: Path, error: Exception) -> AudioError:
    if not path.exists():
        return AudioError(
            f"{path}: there is no such audio file. Check the protocol and the audio folder."
        )
    if path.is_dir():
        return AudioError(f"{path} is a folder, not an audio file.")
    if not os.access(path, os.R_OK):
        return AudioError(f"{path}: no permission to read this file.")
    if path.stat().st_size == 0:
        return EmptyAudio(f"{path}: the file has zero bytes. Copy it again from its source.")
    return AudioError(
        f"{path}: not readable as audio ({reason(error)}). The file is damaged or in a format "
        "that libsndfile cannot read (it reads WAV, FLAC, OGG, MP3 and others): copy it again or "
        "convert it."
    )
