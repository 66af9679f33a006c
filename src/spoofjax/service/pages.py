"""The files of the page, read once when the service starts."""

from __future__ import annotations

from importlib.resources import files

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; frame-ancestors 'none'"
"""The page loads nothing from elsewhere and stands in no frame."""


def headers(*, runs_models: bool = False) -> list[tuple[bytes, bytes]]:
    """Return the headers of every answer.

    A page that runs models in the browser may compile WebAssembly, but no text as a script.
    """
    policy = f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'" if runs_models else POLICY
    return [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", policy.encode()),
    ]


def pages() -> dict[str, tuple[bytes, str]]:
    """Return the content and the media type of each file of the page, by its path."""
    folder = files("spoofjax.service") / "page"
    contents = {}
    for file in folder.iterdir():
        media_type = MEDIA_TYPES.get("." + file.name.rpartition(".")[2])
        if media_type:
            path = "/" if file.name == "index.html" else f"/page/{file.name}"
            contents[path] = file.read_bytes(), media_type
    return contents
