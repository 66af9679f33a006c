"""Runs the service: one process, one event loop, and deadlines for those who send slowly."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from typing import Any

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from spoofjax.errors import ConfigError
from spoofjax.service.limits import Limits

TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: 50\r\n\r\n"
    b'{"error": "The request did not arrive in time."}\r\n'
)
LARGEST_MESSAGE = 1 << 20
"""Bytes of one message of a live connection: half a minute at 16 kHz."""


def deadline_protocol(seconds: float) -> type[asyncio.Protocol]:
    """Return the HTTP protocol of uvicorn with a limit of time for the headers of a request.

    uvicorn itself waits for ever for a client that sends half a header.
    """

    class DeadlineProtocol(H11Protocol):
        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._set_deadline()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is not h11.IDLE:
                self._clear_deadline()
            elif self._deadline is None:
                self._set_deadline()

        def connection_lost(self, exc: Exception | None) -> None:
            self._clear_deadline()
            super().connection_lost(exc)

        def _set_deadline(self) -> None:
            self._deadline = self.loop.call_later(seconds, self._end)

        def _clear_deadline(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _end(self) -> None:
            if not self.transport.is_closing():
                self.transport.write(TOO_SLOW)
                self.transport.close()

    return DeadlineProtocol


def configuration(app: Starlette, host: str, port: int, limits: Limits) -> uvicorn.Config:
    """Return how uvicorn runs the service."""
    return uvicorn.Config(
        app,
        host,
        port,
        http=deadline_protocol(limits.receive_seconds),
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        log_level="error",  # a malformed request is no news
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=32 << 10,
    )


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one. Raises ConfigError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"Cannot listen on {host}, port {port}: {reason}. Choose another --host or --port."
        ) from None


class Server(uvicorn.Server):
    """A server that SIGTERM and Ctrl-C end in order, with status 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Context in which both signals let the requests in progress end, and then the server."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def serve(app: Starlette, listener: socket.socket, limits: Limits) -> None:
    """Answer requests on a socket until a signal ends the service."""
    host, port = listener.getsockname()[:2]
    server = Server(configuration(app, host, port, limits))
    asyncio.run(server.serve(sockets=[listener]))
