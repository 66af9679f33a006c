"""One entry of the registry: the files of published weights and the facts about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired, TypedDict
from urllib.parse import unquote, urlsplit

from spoofjax.names import name_problem
from spoofjax.shapes import Count


def url_problem(url: str) -> str:
    """Return why an address cannot be downloaded; '' where it can."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"is not a web address: {url!r}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"must begin with https:// or http:// and name a host, unlike {url!r}"
    problem = name_problem(file_name(url))
    return f"must end with the name of a file, unlike {url!r}" if problem else ""


def page_problem(page: str) -> str:
    """Return why a text is no address of a page; '' where it is one, or empty."""
    is_page = not page or urlsplit(page).scheme in ("http", "https")
    return "" if is_page else f"must begin with https:// or http://, unlike {page!r}"


def sha256_problem(digest: str) -> str:
    """Return why a text is no SHA-256; '' where it is one."""
    is_digest = re.fullmatch(r"[0-9a-f]{64}", digest)
    return "" if is_digest else "must be a SHA-256 of 64 digits 0-9 and a-f"


def file_name(url: str) -> str:
    """Return the name of the file that an address ends with."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


class FileFields(TypedDict):
    """A file of an entry, as JSON."""

    url: Annotated[str, url_problem]
    sha256: NotRequired[Annotated[str, sha256_problem] | None]


class EntryFields(TypedDict):
    """An entry, as JSON."""

    files: list[FileFields]
    page: NotRequired[Annotated[str, page_problem]]
    what: NotRequired[str]
    owner: NotRequired[str]
    licence: NotRequired[str]
    bytes: NotRequired[Count | None]
    input: NotRequired[str]
    configs: NotRequired[list[str]]
    imports_as: NotRequired[str]


@dataclass(frozen=True)
class File:
    """One file at its owner's address."""

    url: str
    sha256: str | None = None
    """None where its owner publishes none; the first download's is recorded instead."""

    @property
    def name(self) -> str:
        """The name of the file on this machine."""
        return file_name(self.url)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Published weights. A fact that is not known for certain is left empty."""

    name: str
    files: tuple[File, ...] = ()
    page: str = ""
    """Where a browser downloads the files, if their owner has no addresses for programs."""
    what: str = ""
    owner: str = ""
    """Page of the owner, with the model card."""
    licence: str = ""
    bytes: int | None = None
    """Approximate size of all files."""
    input: str = ""
    """What the network expects to hear."""
    configs: tuple[str, ...] = ()
    """Shipped configurations that use these weights."""
    imports_as: str = ""
    """What `spoofjax import --as` takes for them; only whole detectors have it."""

    def to_json(self) -> dict[str, Any]:
        """Return the entry as JSON values, without its name."""
        return {
            "files": [{"url": file.url, "sha256": file.sha256} for file in self.files],
            "page": self.page,
            "what": self.what,
            "owner": self.owner,
            "licence": self.licence,
            "bytes": self.bytes,
            "input": self.input,
            "configs": list(self.configs),
            "imports_as": self.imports_as,
        }

    @classmethod
    def from_json(cls, name: str, fields: EntryFields) -> Entry:
        """Return the entry of checked JSON values."""
        return cls(
            name=name,
            files=tuple(File(file["url"], file.get("sha256")) for file in fields["files"]),
            page=fields.get("page", ""),
            what=fields.get("what", ""),
            owner=fields.get("owner", ""),
            licence=fields.get("licence", ""),
            bytes=fields.get("bytes"),
            input=fields.get("input", ""),
            configs=tuple(fields.get("configs", ())),
            imports_as=fields.get("imports_as", ""),
        )
