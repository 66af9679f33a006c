"""The body of a request: received within limits of size and time, and taken apart in memory.

Nothing of a request, neither a file name nor a path, reaches the file system.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from starlette.requests import Request

from spoofjax.service.limits import Limits
from spoofjax.service.refusals import Refusal

DRAINED = 4
"""Of a body that is too large, so many times the limit is read and dropped before the answer.

Most clients look for an answer only after they have sent their body."""
MOST_PARTS = 16
MOST_PART_HEADERS = 4096


class Upload(NamedTuple):
    """A file, and the text fields that came with it."""

    file: bytes
    fields: dict[str, str]
    enrolments: tuple[bytes, ...] = ()
    """Recordings of the claimed speaker: the parts named `enrol`."""


class Memory:
    """Counts the bytes of all bodies that are in memory, and refuses more than `most`."""

    def __init__(self, most: int):
        self._most, self._used = most, 0

    @contextlib.contextmanager
    def reserved(self) -> Iterator[Reservation]:
        """Context of one body, whose bytes are released at its end."""
        reservation = Reservation(self)
        try:
            yield reservation
        finally:
            self._used -= reservation.size

    def add(self, size: int) -> None:
        """Count more bytes. Raises Refusal (429) where they do not fit."""
        if self._used + size > self._most:
            raise Refusal(429, "The service holds as many uploads as it can. Try again later.")
        self._used += size


class Reservation:
    """The bytes of one body."""

    def __init__(self, memory: Memory):
        self._memory, self.size = memory, 0

    def grow(self, size: int) -> None:
        """Count more bytes of this body."""
        self._memory.add(size)
        self.size += size


async def receive(request: Request, limits: Limits, reservation: Reservation) -> bytes:
    """Return the body of a request.

    Raises Refusal for one that is empty, too large or too slow.
    """
    too_large = Refusal(
        413, f"The body has more than {limits.most_bytes:,} bytes, the limit of this service."
    )
    announced = request.headers.get("content-length", "")
    is_kept = not (announced.isdigit() and int(announced[:20]) > limits.most_bytes)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.receive_seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limits.most_bytes:
                    is_kept = False
                    chunks.clear()
                if is_kept:
                    reservation.grow(len(chunk))
                    chunks.append(chunk)
                elif size > DRAINED * limits.most_bytes:
                    break
    except TimeoutError:
        if not is_kept:
            raise too_large from None
        seconds = f"{limits.receive_seconds:g} s"
        raise Refusal(408, f"The body did not arrive within {seconds}.") from None
    if not is_kept:
        raise too_large
    if not size:
        raise Refusal(400, "The body is empty. Send an audio file.")
    return b"".join(chunks)


def opened(content_type: str, body: bytes) -> Upload:
    """Return the file of a body: the body itself, or the file of a multipart/form-data body.

    The file is the part named `file`, else the first part with a file name that is not named
    `enrol`. Raises Refusal (400)
    for a multipart body that is damaged or holds no file.
    """
    if not content_type.lower().startswith("multipart/form-data"):
        return Upload(body, {})
    boundary = re.search(r'boundary="?([^\s";,]{1,70})"?', content_type)
    if boundary is None:
        raise Refusal(400, "The Content-Type multipart/form-data lacks its boundary.")
    file, fields, other = None, {}, None
    enrolments: list[bytes] = []
    for name, filename, content in _parts(body, boundary[1].encode("latin-1", "replace")):
        if name == "file":
            file = content
        elif name == "enrol":
            enrolments.append(content)
        elif filename:
            other = content if other is None else other
        elif len(content) <= 1024:
            fields[name] = content.decode("utf-8", "replace")
    file = other if file is None else file
    if not file:
        raise Refusal(400, "The form holds no file. Send it as the field `file`.")
    return Upload(file, fields, tuple(enrolments))


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, bool, bytes]]:
    """Yield (name, whether it has a file name, content) of each part. Raises Refusal (400)."""
    damaged = Refusal(400, "The multipart body is damaged: a part has no end or no headers.")
    delimiter = b"\r\n--" + boundary
    start = 0 if body.startswith(delimiter[2:]) else body.find(delimiter) + 2
    if start == 1:
        raise damaged
    position = start + len(delimiter) - 2
    for _ in range(MOST_PARTS):
        if body[position : position + 2] == b"--":
            return
        headers_end = body.find(b"\r\n\r\n", position, position + MOST_PART_HEADERS)
        end = body.find(delimiter, headers_end + 2)
        if headers_end < 0 or end < 0:
            raise damaged
        headers = body[position:headers_end].decode("latin-1")
        name = re.search(r'[; ]name="([^"\r\n]*)"', headers)
        content = body[headers_end + 4 : end]
        yield (name[1] if name else ""), "filename" in headers, content
        position = end + len(delimiter)
    raise Refusal(400, f"The form has more than {MOST_PARTS} parts.")
