"""Uploaded bytes to samples, through a file that exists in memory only."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from spoofjax.audio.blocks import HeldRecording, Recording
from spoofjax.audio.opening import open_sound
from spoofjax.errors import AudioError, LongAudio
from spoofjax.service.limits import Limits
from spoofjax.service.refusals import Refusal

SIGNATURES = (
    (4, b"ftyp", ".m4a"),
    (0, b"\x1aE\xdf\xa3", ".webm"),
    (0, b"#!AMR", ".amr"),
    (0, b"0&\xb2u\x8ef\xcf\x11", ".wma"),
    (0, b"\xff\xf1", ".aac"),
    (0, b"\xff\xf9", ".aac"),
)
"""Where and how the formats begin that libsndfile cannot read.

Only these are handed to PyAV or ffmpeg, which also read play lists that name other files."""


class Decoded(NamedTuple):
    """An uploaded file, decoded."""

    samples: np.ndarray
    """float32 (samples,), mono, at the rate that was asked for."""
    recording: HeldRecording
    """The same samples in blocks, with what mixing hides of the file."""


def decode(data: bytes, rate: int, limits: Limits) -> Decoded:
    """Return an uploaded file as samples at `rate` Hz.

    Raises Refusal: 413 for too long a file, 422 for one that cannot be used.
    """
    longest = limits.most_seconds
    with in_memory(data) as path:
        try:
            sound = open_sound(path, longest, longest=longest, suffix=suffix_of(data))
            with Recording(sound, rate) as recording:
                held = HeldRecording(recording)
        except LongAudio as error:
            raise Refusal(413, _without(path, error)) from None
        except AudioError as error:
            raise Refusal(422, _without(path, error)) from None
        except MemoryError:
            raise Refusal(413, "The file needs more memory than there is.") from None
        except Exception as error:
            # Whatever a decoder raises is a fault of this file.
            text = f"The file cannot be decoded ({type(error).__name__})."
            raise Refusal(422, text) from error
    samples = np.concatenate([block.samples for block in held.blocks])
    if not len(samples):
        raise Refusal(422, "The file holds no samples.")
    if not np.isfinite(samples).all():
        raise Refusal(422, "The file holds NaN or infinite samples. Render it again.")
    return Decoded(samples, held)


def suffix_of(data: bytes) -> str:
    """Return the suffix of a format that libsndfile cannot read, by its first bytes, else '-'."""
    for start, signature, suffix in SIGNATURES:
        if data[start : start + len(signature)] == signature:
            return suffix
    return "-"


@contextlib.contextmanager
def in_memory(data: bytes) -> Iterator[str]:
    """Yield a path under which this process, and its children, read these bytes.

    The file has no name in any folder and ends with the context.
    """
    descriptor = os.memfd_create("upload")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _without(path: str, error: Exception) -> str:
    """Return the text of an error with 'the file' in the place of its path."""
    text = str(error).replace(path, "the file").replace(" Remove it from the protocol.", "")
    return text[:1].upper() + text[1:]
