"""The kinds of errors. Each message says what is wrong, where, and what to do about it."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

ESCAPED = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories that are shown escaped: controls, bytes that are not UTF-8, line ends."""
REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make a terminal show the text around them in another order."""


class SpoofjaxError(Exception):
    """Base of all errors that a user can fix; the command line prints them without a traceback."""

    status = 1
    """Exit status of a command that ends with this error."""

    def __str__(self) -> str:
        # Messages name files, and a file name may hold line ends and commands to the terminal.
        return printable(super().__str__())


class ConfigError(SpoofjaxError):
    """A configuration file, an override or a combination of options is wrong."""


class CorpusError(SpoofjaxError):
    """A protocol, a folder or a manifest is missing, malformed or inconsistent."""


class MissingCorpus(CorpusError):
    """The folder of a corpus is not there."""

    def __init__(self, message: str, folder: str):
        super().__init__(message)
        self.folder = folder
        """The absolute path of the folder."""


class AudioError(SpoofjaxError):
    """An audio file or an array of samples cannot be used."""


class EmptyAudio(AudioError):
    """An audio file has no samples."""


class LongAudio(AudioError):
    """An audio file is longer than the caller reads."""


class ScoreError(SpoofjaxError, ValueError):
    """Scores or keys are unfit for a metric: NaN, a missing class, mismatched utterances."""


class RunError(SpoofjaxError):
    """A run folder or a checkpoint is missing, damaged, locked or belongs to something else."""


class TensorError(SpoofjaxError):
    """A file of weights is missing, damaged, or asks for what is not read from such files."""


class RegistryError(SpoofjaxError):
    """Published weights are unknown, not downloaded, or cannot be downloaded."""


class TrainingError(SpoofjaxError):
    """Training cannot go on: a non-finite loss, a stalled step, an impossible mesh."""


class Preempted(TrainingError):
    """The scheduler stopped the run, which has written a checkpoint of its last step."""

    status = 75


class LostProcess(TrainingError):
    """A process or a device of the run died, or the run made no progress; it can be resumed."""

    status = 76


def printable(text: str) -> str:
    """Return the text as one line that is safe to print: control characters appear as escapes.

    A byte of a file name that is not UTF-8 appears as '\\xe9'.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in ESCAPED and character not in REORDERING:
        return character
    if "\udc80" <= character <= "\udcff":  # how Python decodes a byte that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return ' Did you mean ...?' with the candidates closest to `name`, or an empty string.

    Capital and small letters count as equal.
    """
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    lower = difflib.get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.5)
    matches = [by_lower[match] for match in lower]
    return f" Did you mean {' or '.join(matches)}?" if matches else ""
