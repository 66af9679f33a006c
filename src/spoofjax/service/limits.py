"""What the service accepts of one request and of all requests together."""

from __future__ import annotations

from dataclasses import dataclass

from spoofjax.errors import ConfigError


@dataclass(frozen=True)
class Limits:
    """Limits of a service. A request beyond one of them gets a status from 400 to 499."""

    most_bytes: int = 32 << 20
    """Bytes of a request's body."""
    most_seconds: float = 600.0
    """Seconds of audio in one file."""
    concurrency: int = 16
    """Requests that are decoded and scored at the same time; others wait for their turn."""
    waiting: int = 256
    """Requests that may wait or send their body at the same time; more are refused with 429."""
    receive_seconds: float = 20.0
    """Seconds within which the headers and then the body of a request must arrive."""
    answer_seconds: float = 60.0
    """Seconds from the end of the body to the answer; a request that takes longer gets 429."""
    streams: int = 16
    """Live connections at the same time."""

    def __post_init__(self):
        for name, value in vars(self).items():
            if not 0 < value < float("inf"):
                option = name.replace("_", "-")
                raise ConfigError(f"--{option} {value}: choose a finite number above 0.")
