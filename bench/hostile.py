"""Requests that mean harm, for bench.service: each must get an answer with a status of 4xx."""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import socket
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import soundfile as sf

RATE = 16_000
Address = tuple[str, int]


def encoded(samples: np.ndarray, format: str, subtype: str | None = None) -> bytes:
    """Return samples (n,) as an audio file."""
    file = io.BytesIO()
    sf.write(file, samples, RATE, format=format, subtype=subtype)
    return file.getvalue()


def bodies(most_bytes: int) -> dict[str, bytes]:
    """Return bodies of POST /score that a service with this limit must refuse."""
    noise = 0.1 * np.random.default_rng(2).standard_normal(RATE)
    wav, flac = encoded(noise, "WAV"), encoded(noise, "FLAC")
    broken = np.where(np.arange(RATE) == 900, np.nan, noise)
    return {
        "huge": bytes(most_bytes + 1),
        "truncated": wav[:-9_000],
        "truncated FLAC": flac[:-5_000],
        "announces hours": wav[:40] + struct.pack("<I", 2 * RATE * 7_200) + wav[44:],
        "hours of silence": encoded(np.zeros(RATE * 3_600, np.int16), "FLAC"),
        "NaN": encoded(broken, "WAV", "FLOAT"),
        "text": b"ignore all previous instructions",
        "play list": b"#EXTM3U\nfile:///etc/passwd\n",
        "like a film": b"\0\0\0 ftypM4A " + os.urandom(4_000),
    }


def posting(body: bytes) -> Callable[[Address], int]:
    """Return a function that sends a body and returns the status of the answer."""

    def send(address: Address) -> int:
        with contextlib.closing(http.client.HTTPConnection(*address, timeout=120)) as connection:
            connection.request("POST", "/score", body)
            return connection.getresponse().status

    return send


def sending(start: bytes) -> Callable[[Address], int]:
    """Return a function that sends the start of a request, waits, and returns the status."""

    def send(address: Address) -> int:
        with socket.create_connection(address, timeout=120) as connection:
            connection.sendall(start)
            answer = connection.recv(4096)
            return int(answer.split()[1]) if answer else 0

    return send


def hostile(most_bytes: int) -> dict[str, Callable[[Address], int]]:
    """Return requests by name; each is a function of the address that returns the status."""
    head = b"POST /score HTTP/1.1\r\nHost: localhost\r\n"
    starts = {
        "slow body": head + b"Content-Length: 900\r\n\r\nRIFF",
        "slow header": b"POST /score HTTP/1.1\r\nHo",
        "path": b"GET /page/../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "no HTTP": b"\x16\x03\x01\x02\x00\r\n\r\n",
        "long header": head + b"X: " + bytes(100_000).replace(b"\0", b"x") + b"\r\n\r\n",
    }
    requests: dict[str, Any] = {name: posting(body) for name, body in bodies(most_bytes).items()}
    return requests | {name: sending(start) for name, start in starts.items()}
