"""Checks of the rows of any protocol: no id twice, and a file for each."""

from __future__ import annotations

import logging
import os
from typing import Literal

import numpy as np

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.missing_files import cause_of_absence
from spoofjax.corpora.repeats import first_repeat
from spoofjax.corpora.rows import Rows
from spoofjax.corpora.text import and_more
from spoofjax.names import leaves_folder

log = logging.getLogger("spoofjax")


def check_ids(rows: Rows, ids: np.ndarray, keep: np.ndarray, problems: Problems) -> None:
    """Report ids that occur again, and clear `keep`, bool (rows,), for all but their first row."""
    row = first_repeat(ids)
    if row is None:
        return
    before = int(np.flatnonzero(ids == ids[row])[0])
    _, first = np.unique(ids, return_index=True)
    is_repeat = np.ones(len(ids), bool)
    is_repeat[first] = False
    count = int(is_repeat.sum())
    problems.add(
        "duplicate-id",
        rows.path,
        f"{ids[row]} occurs twice (first on line {rows.lines[before]}){and_more(count, 'rows')}.",
        "Every utterance has one row: delete the other.",
        line=int(rows.lines[row]),
        count=count,
    )
    keep[is_repeat] = False


def check_paths(rows: Rows, files: Files, keep: np.ndarray, problems: Problems) -> None:
    """Report rows whose file is outside the folder of the corpus, and clear `keep` for them.

    A table of one's own may name files by absolute paths; those have no folder.
    """
    is_inside = files.folder.codes >= 0
    names = np.where(is_inside, files.name, "").tolist()
    outside = leaves_folder(names)
    if not outside:
        return
    problems.add(
        "outside",
        rows.path,
        f"{names[outside[0]]!r} leads out of the folder of the corpus"
        f"{and_more(len(outside), 'rows')}.",
        "An id or a file must name a file in that folder, without '..' or control characters.",
        line=int(rows.lines[outside[0]]),
        count=len(outside),
    )
    keep[outside] = False


def check_files(
    rows: Rows,
    files: Files,
    keep: np.ndarray,
    missing: Literal["stop", "skip"],
    problems: Problems,
) -> None:
    """Report files that do not exist, and clear `keep`, bool (rows,), for their rows.

    With "skip" they are only logged, unless all are missing.
    """
    absent = missing_rows(files)
    if not absent:
        return
    first, total = files.path(absent[0]), len(files.name)
    if missing == "skip" and len(absent) < total:
        log.warning(
            "%s names %d files that do not exist (of %d, the first is %s); they are left out.",
            rows.path, len(absent), total, first,
        )  # fmt: skip
    else:
        folder, slash, name = first.rpartition("/")
        suffix = "" if files.suffix.at(absent[0]) == "-" else files.suffix.at(absent[0])
        cause = cause_of_absence(name, suffix, names_in(folder + slash))
        problems.add(
            "missing",
            rows.path,
            f"no file {first}{and_more(len(absent), 'files')} of {total}.",
            cause
            or "Unpack all archives of the corpus, correct --data.root, or leave such rows out "
            "with --data.missing skip.",
            line=int(rows.lines[absent[0]]),
            count=len(absent),
        )
    keep[absent] = False


def missing_rows(files: Files) -> list[int]:
    """Return the rows whose file does not exist. Folders are listed; no file is touched."""
    if len(files.folder.names) == 1 and len(files.suffix.names) <= 1:
        # Mostly all files are in one folder, and one comparison of sets is enough.
        suffix = "".join(files.suffix.names)
        names = [name + suffix for name in files.name.tolist()]
        if names_in(files.folder.names[0]).issuperset(names):
            return []
    contents: dict[str, set[str]] = {}
    absent = []
    for row, path in enumerate(files.paths()):
        folder, slash, name = path.rpartition("/")
        if folder not in contents:
            contents[folder] = names_in(folder + slash)
        if name not in contents[folder]:
            absent.append(row)
    return absent


def names_in(folder: str) -> set[str]:
    """Return the names in a folder, none where it does not exist."""
    try:
        return set(os.listdir(folder or "."))
    except OSError:
        return set()
