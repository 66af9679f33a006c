"""Downloading one file over HTTP: in parts where the connection breaks, complete or not at all.

A file arrives under its name with '.part' behind it. It gets its own name only when it has all its
bytes and, where the hash is given, the right ones. What a broken download left is continued by the
next one, if the server still has the same file: the request names the version that the part belongs
to (ETag or date), and the server answers with the rest of that version or with all of a newer one.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from spoofjax.errors import RegistryError
from spoofjax.files import naming, sha256_of
from spoofjax.registry.entry import url_problem
from spoofjax.registry.progress import size as as_text

CHUNK = 1 << 20
ATTEMPTS = 5
"""How often a connection may break in a row without a byte in between."""
WAIT = 1.0
"""Seconds before the second attempt; each further one waits longer by as much."""
TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as broken."""
BROKEN = (http.client.HTTPException, ConnectionError, TimeoutError)

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and, where the server says it, with those of the file."""


class _Interrupted(Exception):
    """The connection broke, and the download may go on."""


class _OnlySafer(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but never from an encrypted address to one that is not."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError(f"it redirects to {newurl}, which is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(
    url: str,
    path: Path,
    sha256: str | None = None,
    progress: Progress = lambda done, total: None,
    wait: float = WAIT,
) -> str:
    """Download a file to `path`, and return its SHA-256.

    Proxies are those of the environment (https_proxy, no_proxy). Raises RegistryError where the
    server cannot be reached, refuses, or sends a web page or a file of another hash.
    """
    problem = url_problem(url)
    if problem:
        raise RegistryError(f"The address {problem}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    part, version = path.with_name(path.name + ".part"), path.with_name(path.name + ".version")
    with naming(part), part.open("ab") as file, _locked(file, path):
        try:
            _fill(url, file, version, progress, wait)
        except BaseException:
            if file.tell() == 0:
                part.unlink()
                version.unlink(missing_ok=True)
            raise
        file.flush()
        os.fsync(file.fileno())
        digest = sha256_of(part)
        if sha256 is not None and digest != sha256:
            part.unlink()
            version.unlink(missing_ok=True)
            raise RegistryError(
                f"{url} has another content than expected: its SHA-256 is {digest}, not {sha256}. "
                "Nothing was kept. The file has changed at its owner's, or was changed on the way."
            )
        part.replace(path)
        version.unlink(missing_ok=True)
    return digest


@contextlib.contextmanager
def _locked(file: BinaryIO, path: Path) -> Iterator[None]:
    """Hold the part for this process alone; the lock ends when the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RegistryError(f"{path} is being downloaded by another process.") from error
    yield


def _fill(url: str, file: BinaryIO, version: Path, progress: Progress, wait: float) -> None:
    """Append to the part until it is complete."""
    failures = 0
    while True:
        before = file.tell()
        try:
            return _append(url, file, version, progress)
        except _Interrupted as broken:
            failures = 1 if file.tell() > before else failures + 1
            if failures == ATTEMPTS:
                raise RegistryError(
                    f"The download of {url} broke {ATTEMPTS} times ({broken}). What has arrived "
                    "is kept; run the command again to continue."
                ) from broken
            time.sleep(wait * failures)


def _append(url: str, file: BinaryIO, version: Path, progress: Progress) -> None:
    """Append what one connection brings. Raises _Interrupted where that is not all."""
    start = file.tell()
    request = urllib.request.Request(url, headers={"User-Agent": "spoofjax"})
    tag = version.read_text() if version.is_file() else ""
    if start and tag:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", tag)
    else:
        _empty(file)
    try:
        response = urllib.request.build_opener(_OnlySafer).open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the part is no beginning of the file
            _empty(file)
            raise _Interrupted("the server refused to continue") from error
        if error.code >= 500:
            raise _Interrupted(f"the server answered {error.code}") from error
        raise RegistryError(_refusal(url, error.code)) from error
    except urllib.error.URLError as error:
        raise _unreachable(url, error) from error
    except BROKEN as error:
        raise _Interrupted(str(error) or type(error).__name__) from error
    with response:
        _receive(response, file, version, progress)


def _receive(response, file: BinaryIO, version: Path, progress: Progress) -> None:
    """Write the body of a response to the part, at the place that the response says."""
    if response.headers.get_content_type() == "text/html":
        raise RegistryError(
            f"{response.url} is a web page where a file is expected. Open it in a browser: it may "
            "ask for a login, or come from a proxy on the way."
        )
    if response.status == 206:
        if _start_of(response) != file.tell():
            _empty(file)
            raise _Interrupted("the server sent another part")
    else:
        _empty(file)
    version.write_text(_version_of(response))
    length = response.headers.get("Content-Length")
    total = file.tell() + int(length) if length and length.isdigit() else None
    _check_room(Path(file.name).parent, (total or 0) - file.tell())
    progress(file.tell(), total)
    while chunk := _read(response):
        file.write(chunk)
        file.flush()
        progress(file.tell(), total)
    if total is not None and file.tell() < total:
        raise _Interrupted("the connection ended early")


def _check_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise RegistryError(
            f"The disk of {folder} has {as_text(free)} free, but {as_text(size)} are still to "
            "come. Free some space, or choose another folder by --out."
        )


def _read(response) -> bytes:
    try:
        # read1 returns what has arrived, so that a killed download loses none of it.
        return response.read1(CHUNK)
    except (http.client.HTTPException, OSError) as error:
        raise _Interrupted(str(error) or type(error).__name__) from error


def _version_of(response) -> str:
    """Return what names the version of a file on its server; '' where nothing does."""
    tag = response.headers.get("ETag", "")
    # A weak tag names files that may differ in their bytes, so that no part of one may be kept.
    if tag and not tag.startswith("W/"):
        return tag
    return response.headers.get("Last-Modified", "")


def _empty(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _start_of(response) -> int | None:
    """Return the first byte of the part that a response brings."""
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _unreachable(url: str, error: urllib.error.URLError) -> Exception:
    reason = error.reason
    if isinstance(reason, ConnectionResetError | TimeoutError):
        return _Interrupted(str(reason) or "it took too long")
    return RegistryError(
        f"{urlsplit(url).hostname} cannot be reached ({reason}). Check the network and the "
        f"variable https_proxy, or download {url} elsewhere and name the file in `weights`."
    )


def _refusal(url: str, code: int) -> str:
    reasons = {
        401: "asks for a login",
        403: "does not allow the download",
        404: "no longer has the file",
        410: "no longer has the file",
        407: "cannot be asked: the proxy asks for a login",
    }
    reason = reasons.get(code, "refuses the download")
    return (
        f"{urlsplit(url).hostname} {reason} ({code}): {url}. Look at the page of its owner, which "
        "`spoofjax models show` names."
    )
