"""The files of the page, read once when the service starts."""

from __future__ import annotations

from importlib.resources import files

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'self'; media-src 'self' blob:; img-src 'self' data:; frame-ancestors 'none'",
    ),
]
"""Headers of every answer: the page loads nothing from elsewhere and stands in no frame."""


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
