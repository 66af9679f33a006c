"""What can go wrong, in words for people: every error names the thing, the place and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SpoofjaxError(Exception):
    """Base of all errors a user can mend; the command line prints its text without a traceback."""

    status = 1
    """Exit status of a command that ends with this error."""


class ConfigError(SpoofjaxError):
    """A configuration file, an override or a combination of options is wrong."""


class CorpusError(SpoofjaxError):
    """A protocol, a folder or a manifest is missing, malformed or inconsistent."""


class AudioError(SpoofjaxError):
    """An audio file or an array of samples cannot be used."""


class ScoreError(SpoofjaxError):
    """Scores and keys do not fit a metric: NaN, a missing class, mismatched utterances."""


class RunError(SpoofjaxError):
    """A run folder or a checkpoint is missing, damaged, locked or belongs to something else."""


class TrainingError(SpoofjaxError):
    """Training had to stop: a non-finite loss, a stalled step, an impossible mesh."""


class Preempted(TrainingError):
    """The scheduler asked for the machine back; a checkpoint of that very step was written."""

    status = 75


class LostProcess(TrainingError):
    """A process or a device of the run died, or nothing moved any more: start it again."""

    status = 76


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ' Did you mean ...?' for the known names closest to `name`, or an empty string."""
    matches = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(matches)}?" if matches else ""
