"""A service in this process, with a detector of random weights."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import untrained_runs

from spoofjax.config import Clip
from spoofjax.config_files import load_config


class Answer(NamedTuple):
    """The answer to a request."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Address(NamedTuple):
    """Where a service listens."""

    host: str
    port: int

    def post(self, path: str, body: Any = b"", **headers: str) -> Answer:
        """Send a body; '_' in the names of headers stands for '-'."""
        return self.ask("POST", path, body, **headers)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path."""
        return self.ask("GET", path, None, **headers)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(http.client.HTTPConnection(*self, timeout=60)) as connection:
            connection.request(method, path, body, named)
            response = connection.getresponse()
            lower = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, response.read(), lower)


@pytest.fixture(scope="session")
def run_folder(tiny_corpus, tmp_path_factory) -> Path:
    """The folder of a detector that hears half a second at a time."""
    clip = Clip(train=6_400, evaluate=8_000, short="pad")
    experiment = load_config(tiny_corpus() / "tiny.py").replace(clip=clip)
    return untrained_runs.write_run(tmp_path_factory.mktemp("service") / "run", experiment)


@pytest.fixture(scope="session")
def detector(run_folder):
    """The detector of that folder."""
    from spoofjax.deployment.detector import Detector

    return Detector.load(run_folder)


@pytest.fixture(scope="session")
def serving(detector):
    """Context that serves the detector: `with serving(token="x", most_seconds=10) as address`.

    `another` is a detector to serve in its place.
    """
    pytest.importorskip("starlette", reason="needs the extra `serve`")
    pytest.importorskip("uvicorn", reason="needs the extra `serve`")

    @contextlib.contextmanager
    def serve(
        token: str | None = None,
        verifier=None,
        encoder=None,
        in_browser=None,
        another=None,
        **limits: Any,
    ) -> Iterator[Address]:
        import uvicorn

        from spoofjax.evaluation.rule import Rule
        from spoofjax.service.access import Access
        from spoofjax.service.application import Service
        from spoofjax.service.counters import Counters
        from spoofjax.service.engine import Engine
        from spoofjax.service.limits import Limits
        from spoofjax.service.server import bound_socket, configuration

        counters, listener = Counters(), bound_socket("127.0.0.1", 0)
        served = another or detector
        engine = Engine(served, Rule.of(served.decision), Limits(**limits), counters)
        service = Service(
            engine,
            Access(token),
            counters,
            name="tiny",
            verifier=verifier,
            encoder=encoder,
            in_browser=in_browser,
        )
        host, port = listener.getsockname()
        server = uvicorn.Server(configuration(service.application(), host, port, engine.limits))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            yield Address(host, port)
        finally:
            server.should_exit = True
            thread.join(20)

    return serve


@pytest.fixture(scope="session")
def service(serving) -> Iterator[Address]:
    """A service with small limits."""
    with serving(most_bytes=1 << 20, most_seconds=10, receive_seconds=1.5) as address:
        yield address


@pytest.fixture(scope="session")
def recording(tiny_corpus, tmp_path_factory) -> Path:
    """A WAV file of 2.2 seconds: four utterances of the tiny corpus and some of a fifth."""
    import numpy as np
    import soundfile

    files = sorted((tiny_corpus() / "flac_D").glob("*.flac"))[:5]
    samples = np.concatenate([soundfile.read(file)[0] for file in files])[:35_200]
    path = tmp_path_factory.mktemp("recording") / "recording.wav"
    soundfile.write(path, samples, 16_000, subtype="PCM_16")
    return path
