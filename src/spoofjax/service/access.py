"""Who may ask: the bearer token, the names of this machine, and the pages that may connect."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from spoofjax.service.refusals import Refusal


class Access:
    """Checks the headers of requests."""

    def __init__(self, token: str | None = None, *, is_local: bool = True):
        """`token` is what requests must send, None for no token.

        With `is_local`, requests must name this machine as their host. Otherwise a web page could
        reach a service that listens on the loopback device alone, by a name of its own that leads
        there.
        """
        self._token, self._is_local = token, is_local

    @property
    def needs_token(self) -> bool:
        """Whether requests must send a token."""
        return self._token is not None

    def check_host(self, headers: Mapping[str, str]) -> None:
        """Raise Refusal (403) for a request that another site has sent."""
        host = headers.get("host", "")
        if self._is_local and not is_loopback(host):
            raise Refusal(403, "This service answers requests to localhost only.")
        origin = headers.get("origin")
        if origin and urlsplit(origin).netloc != host:
            raise Refusal(403, "This service answers its own page only, not other web sites.")

    def check_token(self, authorization: str) -> None:
        """Raise Refusal (401) unless the text is 'Bearer ' and the token."""
        if self._token is None:
            return
        kind, _, sent = authorization.partition(" ")
        is_right = hmac.compare_digest(sent.strip().encode(), self._token.encode())
        if kind.lower() != "bearer" or not is_right:
            raise Refusal(401, "Send the token of this service: `Authorization: Bearer TOKEN`.")


def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is a name of this machine for itself."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
