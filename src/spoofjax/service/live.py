"""Live audio over a WebSocket: samples in, a verdict on the latest seconds back.

The client sends one text message, {"rate": 48000, "token": "..."}, and then binary messages of
16-bit little-endian mono samples. The service answers with one JSON text message every half second
of audio.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from spoofjax.audio.judging import LEAST_RATE, MOST_RATE
from spoofjax.deployment.streaming import HOP_SECONDS, Stream
from spoofjax.deployment.windows import Window
from spoofjax.service.access import Access
from spoofjax.service.counters import Counters
from spoofjax.service.engine import Engine
from spoofjax.service.refusals import Refusal

POLICY = 1008
"""The code of WebSocket for a connection that breaks the rules of the service."""
TRY_AGAIN = 1013


class LiveAudio:
    """The windows of a stream, at the detector's rate."""

    def __init__(self, source_rate: int, rate: int, size: int):
        """Samples arrive at `source_rate` Hz; a window has `size` samples at `rate` Hz."""
        import soxr

        self._rate, self._total = rate, 0
        self._resampler = soxr.ResampleStream(source_rate, rate, 1, dtype="float32")
        self._stream = Stream(rate, size, min(round(HOP_SECONDS * rate), size))

    @property
    def seconds(self) -> float:
        """Length of what has arrived."""
        return self._total / self._rate

    def add(self, message: bytes) -> list[Window]:
        """Take 16-bit samples; return the windows that are complete with them.

        Raises Refusal (400) for half a sample.
        """
        if len(message) % 2:
            raise Refusal(400, "A message must hold whole samples of two bytes.")
        samples = np.frombuffer(message, "<i2").astype(np.float32) / 32768
        resampled = self._resampler.resample_chunk(samples)
        self._total += len(resampled)
        return list(self._stream.windows(resampled))


class Live:
    """Serves live connections."""

    def __init__(self, engine: Engine, access: Access, counters: Counters):
        self._engine, self._access, self._counters = engine, access, counters

    async def __call__(self, socket: WebSocket) -> None:
        """Serve one connection to its end."""
        limits = self._engine.limits
        await socket.accept()
        self._counters.streams += 1
        try:
            self._access.check_host(socket.headers)
            if self._counters.streams > limits.streams:
                raise Refusal(429, "The service has as many live connections as it can hold.")
            async with asyncio.timeout(limits.receive_seconds):
                audio = self._opened(await socket.receive())
            while audio.seconds < limits.most_seconds:
                async with asyncio.timeout(limits.receive_seconds):
                    message = await socket.receive()
                for window in audio.add(_bytes_of(message)):
                    await socket.send_json(await self._engine.judge_window(window))
            raise Refusal(413, f"A live connection ends after {limits.most_seconds:g} s of audio.")
        except Refusal as refusal:
            await _close(socket, refusal)
        except TimeoutError:
            await _close(socket, Refusal(408, "No audio arrived in time."))
        except (WebSocketDisconnect, RuntimeError):
            pass  # the client has gone
        finally:
            self._counters.streams -= 1

    def _opened(self, message: Any) -> LiveAudio:
        """Return the stream that the first message describes. Raises Refusal."""
        text = message.get("text") or ""
        try:
            wanted = json.loads(text[:4096])
            rate, token = wanted["rate"], str(wanted.get("token", ""))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            rate, token = None, ""
        if type(rate) is not int:
            raise Refusal(400, 'The first message must be text such as {"rate": 48000}.')
        if not LEAST_RATE <= rate <= MOST_RATE:
            raise Refusal(422, f"Choose a rate from {LEAST_RATE:,} to {MOST_RATE:,} Hz.")
        self._access.check_token(f"Bearer {token}")
        return LiveAudio(rate, self._engine.rate, self._engine.window)


def _bytes_of(message: Any) -> bytes:
    """Return the samples of a message. Raises Refusal for text, WebSocketDisconnect at the end."""
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    data = message.get("bytes")
    if data is None:
        raise Refusal(400, "After the first message, send binary messages of samples.")
    return data


async def _close(socket: WebSocket, refusal: Refusal) -> None:
    """Send why a connection ends, and end it."""
    code = TRY_AGAIN if refusal.status == 429 else POLICY
    try:
        await socket.send_json({"error": refusal.text, "status": refusal.status})
        await socket.close(code, refusal.text[:120])
    except (WebSocketDisconnect, RuntimeError):
        pass  # the client has gone
