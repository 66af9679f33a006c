"""What is wrong with a corpus: one error that stops a reader, or a list when validating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spoofjax.errors import CorpusError

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Problem:
    """One kind of thing that is wrong in one place, how often, with examples and a remedy."""

    kind: str
    """A word for machines, such as 'missing', 'delimiter' or 'duplicate-id'."""
    file: str
    """The file concerned; empty where the problem belongs to a whole split."""
    found: str
    remedy: str
    line: int | None = None
    count: int = 1
    severity: Severity = "error"
    split: str = ""
    """The split being validated; empty while a reader reads."""
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}: " if self.line is not None else f"{self.file}: "
        return f"{place if self.file else ''}{self.found} {self.remedy}".rstrip()


class Problems:
    """Takes what readers find wrong; this one raises CorpusError for the first."""

    def add(
        self,
        kind: str,
        file: object,
        found: str,
        remedy: str,
        line: int | None = None,
        count: int = 1,
    ) -> None:
        """Report a problem; the reader goes on without what is wrong if this returns."""
        raise CorpusError(str(Problem(kind, str(file), found, remedy, line, int(count))))


class Collected(Problems):
    """Keeps problems instead of raising, so that one reading finds them all."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(
        self,
        kind: str,
        file: object,
        found: str,
        remedy: str,
        line: int | None = None,
        count: int = 1,
    ) -> None:
        """Keep a problem."""
        self.found.append(Problem(kind, str(file), found, remedy, line, int(count)))


STRICT = Problems()
"""The default: the first problem is an error."""
