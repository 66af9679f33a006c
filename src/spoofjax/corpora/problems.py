"""What is wrong with a corpus: one error that stops a reader, or a list when validating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spoofjax.errors import CorpusError

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Problem:
    """One kind of problem in one place: what is wrong, how often, examples and a remedy."""

    kind: str
    """A word for programs, such as 'missing', 'delimiter' or 'duplicate-id'."""
    file: str
    """The file concerned; empty where the problem belongs to a whole split."""
    message: str
    remedy: str
    line: int | None = None
    count: int = 1
    severity: Severity = "error"
    split: str = ""
    """The split being validated; empty while a reader reads."""
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}: " if self.line is not None else f"{self.file}: "
        return f"{place if self.file else ''}{self.message} {self.remedy}".rstrip()


class Problems:
    """Takes the problems that readers find. This one raises CorpusError for the first."""

    def add(
        self,
        kind: str,
        file: object,
        message: str,
        remedy: str,
        line: int | None = None,
        count: int = 1,
    ) -> None:
        """Report a problem. If this returns, the reader continues without what is wrong."""
        self.take(Problem(kind, str(file), message, remedy, line, int(count)))

    def take(self, problem: Problem) -> None:
        """Raise a problem as a CorpusError."""
        raise CorpusError(str(problem))


class Collected(Problems):
    """Keeps problems instead of raising, so that one reading finds them all."""

    def __init__(self) -> None:
        self.collected: list[Problem] = []

    def take(self, problem: Problem) -> None:
        """Keep a problem."""
        self.collected.append(problem)


STRICT = Problems()
"""The default: the first problem is an error."""
