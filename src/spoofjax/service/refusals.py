"""Requests that the service refuses: a status and one sentence that says what to change."""

from __future__ import annotations


class Refusal(Exception):
    """Ends a request with a status from 400 to 499 and one sentence for its sender."""

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status, self.text = status, text

    @property
    def headers(self) -> dict[str, str]:
        """The headers that the answer needs beside its body."""
        headers = {401: ("WWW-Authenticate", "Bearer"), 429: ("Retry-After", "1")}
        # The rest of a body that is not awaited would be taken for the next request.
        unfinished = ("Connection", "close")
        name, value = {**headers, 408: unfinished, 413: unfinished}.get(self.status, ("", ""))
        return {name: value} if name else {}
