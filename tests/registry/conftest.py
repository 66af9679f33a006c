"""A registry of its own for each test, and a local server that behaves badly on demand."""

import http.server
import threading
from functools import partial

import pytest

DATA = bytes(range(256)) * 4_000
"""What the server has: a file of a million bytes."""


class Server(http.server.ThreadingHTTPServer):
    """Serves DATA under every path, and keeps the requests that it answers."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.data = DATA
        self.tag = '"1"'
        self.has_ranges = True
        self.cuts: list[int] = []
        """After how many bytes each of the next answers ends."""
        self.pause = threading.Event()
        """An answer waits for it after half of its bytes."""
        self.pause.set()
        self.requests: list[tuple[str, str | None]] = []
        """Path and Range header of each request."""

    def url(self, name: str = "weights.bin") -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        server = self.server
        server.requests.append((self.path, self.headers.get("Range")))
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", "/" + self.path.removeprefix("/moved/"))
            self.end_headers()
        elif self.path.startswith("/page/"):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<html>Please log in</html>")
        elif self.path.startswith("/status/"):
            self.send_error(int(self.path.split("/")[2]))
        else:
            self.send_data(self.start())

    def start(self) -> int:
        """The first byte that the answer has: a range counts for the same version alone."""
        wanted = self.headers.get("Range")
        is_same = self.headers.get("If-Range") == self.server.tag
        if wanted is None or not is_same or not self.server.has_ranges:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def send_data(self, start: int):
        data = self.server.data[start:]
        self.send_response(206 if start else 200)
        if start:
            last = len(self.server.data) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", self.server.tag)
        self.end_headers()
        if self.server.cuts:
            data = data[: self.server.cuts.pop(0)]
        half = len(data) // 2
        self.wfile.write(data[:half])
        self.server.pause.wait(60)
        self.wfile.write(data[half:])

    def log_message(self, format, *args):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def registry(tmp_path, monkeypatch):
    """Empty folders instead of the user's, and no proxy."""
    monkeypatch.setenv("SPOOFJAX_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("SPOOFJAX_REGISTRY", str(tmp_path / "registry.json"))
    for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path
