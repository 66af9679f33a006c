"""Protocols without a header, as in ASVspoof: text becomes columns.

Numpy cuts a whole file into fields at once; single lines are read only where some are malformed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from spoofjax.corpora.fields import columns_of, ends_of, width_of
from spoofjax.corpora.problems import STRICT, Problems
from spoofjax.corpora.rows import Rows
from spoofjax.corpora.text import DELIMITERS, and_in_more_rows, read_utf8, shorten
from spoofjax.errors import CorpusError

HEADER_WORDS = frozenset({
    "speaker_id", "flac_file_name", "speaker_gender", "attack_label", "attack_tag", "key",
    "cm-label", "asv_key", "label", "file", "filename", "file_name", "speaker",
    "utt", "utt_id", "utterance", "trial", "path", "id",
})  # fmt: skip
"""Words, in lower case, that occur in header rows and never in a row of a protocol."""


def read_fields(
    path: Path,
    layouts: Mapping[int, Sequence[str]],
    problems: Problems = STRICT,
    delimiter: str = " ",
) -> Rows:
    """Read a protocol without a header: fields with exactly one `delimiter` between them.

    `layouts` holds the names of the columns for each number of fields that is allowed, '' for a
    column that is not needed; all rows have the same layout. A wrong delimiter, a header row and
    rows of another length are reported with their lines. Raises CorpusError where the file is
    missing, empty or not text.
    """
    data = read_utf8(path)
    first = data[: data.find(b"\n")].decode()
    delimiter = _checked_delimiter(path, first, layouts, delimiter, problems)
    numbers = None
    words = first.lower().split(delimiter)
    if sum(word in HEADER_WORDS for word in words) >= min(2, len(words)):
        problems.add(
            "header",
            path,
            f"a header row ({shorten(first)}).",
            "This protocol has none: delete the first line.",
            line=1,
        )
        data, numbers = _without_first_line(data)
        if not data:
            raise CorpusError(f"{path} has a header and no row below it.")
    ends = ends_of(data, delimiter)
    width = width_of(data, ends, layouts)
    if width is None:
        data, numbers = _good_lines(path, data, layouts, delimiter, problems, numbers)
        ends = ends_of(data, delimiter)
        width = width_of(data, ends, layouts) or min(layouts)
    columns = columns_of(data, ends, layouts[width])
    lines = np.arange(1, len(ends) // width + 1) if numbers is None else numbers
    return Rows(path, columns, lines)


def _checked_delimiter(
    path: Path,
    first: str,
    layouts: Mapping[int, Sequence[str]],
    delimiter: str,
    problems: Problems,
) -> str:
    """Return the delimiter of the first line; report it where it is not the expected one."""
    if len(first.split(delimiter)) in layouts:
        return delimiter
    for other in DELIMITERS:
        if len(first.split(other)) in layouts:
            problems.add(
                "delimiter",
                path,
                f"the fields are separated by {DELIMITERS[other]}.",
                f"This protocol has {DELIMITERS[delimiter]} between its {_widths(layouts)} "
                "fields: use the released file, or convert this one.",
                line=1,
            )
            return other
    return delimiter


def _without_first_line(data: bytes) -> tuple[bytes, np.ndarray]:
    """Return the text without its first line, and the 1-based numbers of the other lines."""
    rest = data[data.index(b"\n") + 1 :]
    return rest, np.arange(2, rest.count(b"\n") + 2)


def _good_lines(
    path: Path,
    data: bytes,
    layouts: Mapping[int, Sequence[str]],
    delimiter: str,
    problems: Problems,
    numbers: np.ndarray | None,
) -> tuple[bytes, np.ndarray]:
    """Report rows that differ in length from most, and drop them and blank lines."""
    lines = [line.rstrip(b" ") for line in data[:-1].split(b"\n")]
    numbers = np.arange(1, len(lines) + 1) if numbers is None else numbers
    widths = [line.count(delimiter.encode()) + 1 if line else 0 for line in lines]
    usual = Counter(width for width in widths if width in layouts).most_common(1)
    width = usual[0][0] if usual else -1
    bad = [i for i, w in enumerate(widths) if w not in (0, width)]
    if bad:
        expected = str(width) if usual else _widths(layouts)
        problems.add(
            "columns",
            path,
            f"{widths[bad[0]]} fields instead of {expected} ({shorten(lines[bad[0]].decode())})"
            f"{and_in_more_rows(len(bad))}.",
            f"Fields are separated by {DELIMITERS[delimiter]} and contain none; "
            "correct the row or download the file again.",
            line=int(numbers[bad[0]]),
            count=len(bad),
        )
    good = [i for i, w in enumerate(widths) if w == width]
    if not good:
        raise CorpusError(f"{path} has no row of {_widths(layouts)} fields.")
    return b"".join(lines[i] + b"\n" for i in good), numbers[good]


def _widths(layouts: Mapping[int, Sequence[str]]) -> str:
    return " or ".join(str(width) for width in sorted(layouts))
