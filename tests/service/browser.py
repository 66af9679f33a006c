"""Headless Chromium, driven over the DevTools protocol."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--remote-debugging-port=0",
    "--hide-scrollbars",
    "--autoplay-policy=no-user-gesture-required",
)


def chromium() -> str | None:
    """Return the program of the browser, or None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Page:
    """A page of the browser."""

    def __init__(self, socket: Any):
        self._socket, self._numbers = socket, itertools.count()
        self.problems: list[str] = []
        """What the page wrote to the console as an error, and exceptions that it did not catch."""

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the protocol; return its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=30))
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if message["method"] == "Runtime.exceptionThrown":
            self.problems.append(str(message["params"]["exceptionDetails"]))
        elif (
            message["method"] == "Log.entryAdded" and message["params"]["entry"]["level"] == "error"
        ):
            self.problems.append(message["params"]["entry"]["text"])

    def value(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, awaited where it is a promise."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait_for(self, expression: str, limit: float = 30) -> None:
        """Wait until a JavaScript expression is true."""
        ends = time.monotonic() + limit
        while not self.value(f"Boolean({expression})"):
            assert time.monotonic() < ends, f"not within {limit} s: {expression}\n{self.problems}"
            time.sleep(0.05)

    def choose_file(self, path: Path) -> None:
        """Choose a file in the page's file input."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def press(self, key: str, modifiers: int = 0) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, modifiers=modifiers)

    def resize(self, width: int, height: int, scale: float = 1, *, is_phone: bool = False) -> None:
        """Give the page another size in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=is_phone,
        )  # fmt: skip

    def screenshot(self, path: Path) -> None:
        """Save what the page shows as PNG."""
        picture = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(picture))


@contextlib.contextmanager
def opened(address: str, profile: Path, microphone: Path | None = None) -> Iterator[Page]:
    """Yield a page of a new browser; the sound of its microphone comes from a WAV file."""
    from websockets.sync.client import connect

    program = chromium()
    assert program is not None
    flags = [*FLAGS, f"--user-data-dir={profile}"]
    if microphone:
        flags.append(f"--use-file-for-fake-audio-capture={microphone}")
    process = subprocess.Popen(
        [program, *flags, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with connect(_target(profile), max_size=None) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Log", "DOM"):
                page.call(f"{domain}.enable")
            page.call("Page.navigate", url=address)
            page.wait_for("document.readyState === 'complete'")
            yield page
    finally:
        process.terminate()
        process.wait(20)


def _target(profile: Path, limit: float = 60) -> str:
    """Return the address of the browser's first page in the protocol."""
    port_file, ends = profile / "DevToolsActivePort", time.monotonic() + limit
    while time.monotonic() < ends:
        with contextlib.suppress(OSError, IndexError, ValueError):
            port = int(port_file.read_text().split()[0])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as response:
                pages = [target for target in json.load(response) if target["type"] == "page"]
                return pages[0]["webSocketDebuggerUrl"]
        time.sleep(0.05)
    raise AssertionError(f"the browser did not start within {limit} s")
