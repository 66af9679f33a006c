"""The HTTP interface: routes, and what every request passes on its way to them."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spoofjax.deployment.speaker_encoder import SpeakerEncoder
from spoofjax.evaluation.verification import Verifier
from spoofjax.service.access import Access
from spoofjax.service.counters import Counters
from spoofjax.service.description import describe
from spoofjax.service.engine import Engine
from spoofjax.service.in_browser import InBrowser
from spoofjax.service.live import Live
from spoofjax.service.page_settings import settings_of
from spoofjax.service.pages import headers, pages
from spoofjax.service.refusals import Refusal
from spoofjax.service.uploads import Memory, Upload, opened, receive
from spoofjax.service.verifying import verification

log = logging.getLogger("spoofjax")


class Service:
    """Answers requests about recordings."""

    def __init__(
        self,
        engine: Engine,
        access: Access,
        counters: Counters,
        *,
        name: str,
        verifier: Verifier | None = None,
        encoder: SpeakerEncoder | None = None,
        in_browser: InBrowser | None = None,
    ):
        """`name` is what the page calls the detector; with `in_browser`, it can run it.

        With `encoder`, claims may come with recordings of the speaker; `verifier` calibrates it.
        """
        self._engine, self._access, self._counters = engine, access, counters
        self._name, self._in_browser = name, in_browser
        self._verifier, self._encoder = verifier, encoder
        limits = engine.limits
        self._memory = Memory(limits.concurrency * limits.most_bytes)

    def application(self) -> Starlette:
        """Return the application that a server runs."""

        @contextlib.asynccontextmanager
        async def lifespan(app: Starlette):
            async with self._engine.running():
                yield

        return Starlette(
            routes=self._routes(),
            lifespan=lifespan,
            middleware=[self._counting()],
            exception_handlers={
                Refusal: _refused,
                HTTPException: _not_served,
                ClientDisconnect: _gone,
                Exception: _failed,
            },
        )

    def _counting(self) -> Middleware:
        fixed = headers(runs_models=self._in_browser is not None)
        return Middleware(Counting, counters=self._counters, access=self._access, headers=fixed)

    def _routes(self) -> list[BaseRoute]:
        live = Live(self._engine, self._access, self._counters)
        files = [Route(path, _sender(*file)) for path, file in pages().items()]
        if self._in_browser:
            files += self._routes_of(self._in_browser)
        return [
            Route("/score", self.score, methods=["POST"]),
            Route("/verify", self.verify, methods=["POST"]),
            Route("/health", self.health),
            Route("/metrics", self.metrics),
            Route("/openapi.json", self.description),
            WebSocketRoute("/live", live.__call__),
            *files,
        ]

    def _routes_of(self, files: InBrowser) -> list[BaseRoute]:
        """Return the routes of the detector in the browser, which needs the token."""
        settings = json.dumps(settings_of(self._engine)).encode()
        check = self._access.check_token
        return [
            *(Route(path, _sender(*file)) for path, file in files.runtime.items()),
            Route("/detector/model.onnx", _sender(files.model, "application/octet-stream", check)),
            Route("/detector/settings.json", _sender(settings, "application/json", check)),
        ]

    async def score(self, request: Request) -> Response:
        """Answer with the verdict on the file in the body."""
        with self._memory.reserved() as reservation:
            upload = await self._upload(request, reservation)
            has_pictures = request.query_params.get("pictures", "1") not in ("0", "false", "no")
            return JSONResponse(await self._engine.judge(upload.file, has_pictures=has_pictures))

    async def verify(self, request: Request) -> Response:
        """Answer with the decision about the file in the body and the claim of its speaker."""
        with self._memory.reserved() as reservation:
            upload = await self._upload(request, reservation)
            sent = request.query_params.get("asv_score", upload.fields.get("asv_score", ""))
            if self._encoder and upload.enrolments:
                if sent:
                    raise Refusal(400, "Send either asv_score or enrol, not both.")
                claim = upload.file, upload.enrolments, self._encoder
                answer, asv_score = await self._engine.judge_claim(*claim)
            else:
                asv_score = _number(sent, takes_enrolments=self._encoder is not None)
                answer = await self._engine.judge(upload.file, has_pictures=False)
            return JSONResponse(verification(answer, asv_score, self._verifier))

    async def health(self, request: Request) -> Response:
        """Answer that the service runs, with what it accepts."""
        limits = self._engine.limits
        return JSONResponse(
            {
                "status": "ok",
                "warm": self._engine.is_warm,
                "detector": self._name,
                "rate": self._engine.rate,
                "window_seconds": self._engine.window / self._engine.rate,
                "calibrated": self._engine.rule.is_calibrated,
                "rule": str(self._engine.rule),
                "threshold": self._engine.rule.threshold,
                "needs_token": self._access.needs_token,
                "in_browser": self._in_browser is not None,
                "takes_enrolments": self._encoder is not None,
                "limits": vars(limits),
            }
        )

    async def metrics(self, request: Request) -> Response:
        """Answer with all counts, for Prometheus."""
        self._access.check_token(request.headers.get("authorization", ""))
        return PlainTextResponse(self._counters.text(), media_type="text/plain; version=0.0.4")

    async def description(self, request: Request) -> Response:
        """Answer with the description of this interface."""
        described = describe(
            self._engine.limits,
            needs_token=self._access.needs_token,
            takes_enrolments=self._encoder is not None,
        )
        return JSONResponse(described)

    async def _upload(self, request: Request, reservation: Any) -> Upload:
        self._access.check_token(request.headers.get("authorization", ""))
        if self._counters.in_progress > self._engine.limits.waiting:
            raise Refusal(429, "The service has as many requests as it can hold. Try again later.")
        body = await receive(request, self._engine.limits, reservation)
        return opened(request.headers.get("content-type", ""), body)


class Counting:
    """Counts requests, refuses those of other sites, and adds headers to every answer."""

    def __init__(
        self, app: ASGIApp, counters: Counters, access: Access, headers: list[tuple[bytes, bytes]]
    ):
        self._app, self._counters, self._access = app, counters, access
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, start = 499, time.perf_counter()  # the status where the client goes first

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *self._headers]}
            await send(message)

        self._counters.in_progress += 1
        try:
            try:
                self._access.check_host(Request(scope).headers)
            except Refusal as refusal:
                response = _refusal_response(refusal)
                await response(scope, receive, send_with_headers)
            else:
                await self._app(scope, receive, send_with_headers)
        finally:
            self._counters.in_progress -= 1
            route = scope.get("route")
            path = getattr(route, "path", "other")
            self._counters.add_request(path, status, time.perf_counter() - start)


def _sender(
    content: bytes, media_type: str, check_token: Callable[[str], None] = lambda authorization: None
) -> Callable[[Request], Awaitable[Response]]:
    async def send_file(request: Request) -> Response:
        check_token(request.headers.get("authorization", ""))
        return Response(content, media_type=media_type)

    return send_file


def _number(text: str, *, takes_enrolments: bool) -> float:
    """Return the score of speaker verification that a request sends. Raises Refusal (400)."""
    try:
        value = float(text[:64])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        other = ", or recordings of the speaker as enrol" if takes_enrolments else ""
        raise Refusal(
            400, f"Send the score of speaker verification as asv_score, a finite number{other}."
        )
    return value


def _refusal_response(refusal: Refusal) -> Response:
    return JSONResponse({"error": refusal.text}, refusal.status, refusal.headers)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _refusal_response(error)


def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    texts = {
        404: "There is no such path. /openapi.json lists them.",
        405: "This path takes another method. /openapi.json lists them.",
    }
    text = texts.get(error.status_code, str(error.detail))
    return JSONResponse({"error": text}, error.status_code, error.headers)


def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=400)  # nobody reads it


def _failed(request: Request, error: Exception) -> Response:
    log.error("A request to %s failed.", request.url.path, exc_info=error)
    text = "The service has a fault; its log says more."
    return JSONResponse({"error": text}, 500)
