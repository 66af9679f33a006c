"""Protocols and tables as columns: the one place where text becomes fields.

`read_fields` is for protocols without a header (ASVspoof and its kin) and works on whole files in
numpy; `read_table` is for CSV and TSV files whose header names the columns.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.fields import columns_of, ends_of, width_of
from spoofjax.corpora.manifest import NOTHING, Column
from spoofjax.corpora.problems import STRICT, Problems
from spoofjax.errors import CorpusError, nearest

DELIMITERS = {" ": "one space", "\t": "TAB", ",": "a comma", ";": "a semicolon", "|": "'|'"}
HEADER_WORDS = frozenset({
    "speaker_id", "flac_file_name", "speaker_gender", "attack_label", "attack_tag", "key",
    "cm-label", "asv_key", "label", "file", "filename", "file_name", "speaker",
    "utt", "utt_id", "utterance", "trial", "path", "id",
})  # fmt: skip
"""Fields, in lower case, that stand in header rows and never in a row of a protocol."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one file: `columns` by name, each (rows,) of bytes or str; `lines` 1-based."""

    path: Path
    columns: Mapping[str, np.ndarray]
    lines: np.ndarray

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def get(self, column: str) -> Column:
        """Return a column as codes and names; none everywhere where the file lacks it."""
        if column not in self.columns:
            return Column.constant("-", len(self))
        return Column.of(self.columns[column])

    def text(self, column: str) -> np.ndarray:
        """Return a column as an array of str."""
        values = self.columns[column]
        if values.dtype.kind != "S":
            return values
        try:
            return values.astype(np.str_)  # fast, ASCII only
        except UnicodeDecodeError:
            return np.array([v.decode() for v in values.tolist()], np.str_)

    def take(self, keep: np.ndarray) -> Rows:
        """Return the chosen rows."""
        columns = {name: values[keep] for name, values in self.columns.items()}
        return Rows(self.path, columns, self.lines[keep])


def read_fields(
    path: Path,
    layouts: Mapping[int, Sequence[str]],
    problems: Problems = STRICT,
    delimiter: str = " ",
) -> Rows:
    """Read a protocol without a header: fields with exactly one `delimiter` between them.

    `layouts` gives the names of the columns for each number of fields that is allowed ('' for a
    column nobody needs); the file keeps to one of them. Reports a wrong delimiter, a header row
    and rows of another length, each with its line. Raises CorpusError where there is no such
    text file, or nothing in it.
    """
    data = _text(path)
    first = data[: data.find(b"\n")].decode()
    expected = " or ".join(str(width) for width in sorted(layouts))
    if len(first.split(delimiter)) not in layouts:
        for other in DELIMITERS:
            if other != delimiter and len(first.split(other)) in layouts:
                problems.add(
                    "delimiter",
                    path,
                    f"the fields are separated by {DELIMITERS[other]}.",
                    f"This protocol has {DELIMITERS[delimiter]} between its {expected} fields: "
                    "use the released file, or convert this one.",
                    line=1,
                )
                delimiter = other
                break
    numbers = None
    words = first.lower().split(delimiter)
    if sum(word in HEADER_WORDS for word in words) >= min(2, len(words)):
        problems.add(
            "header",
            path,
            f"a header row ({_shorten(first)}).",
            "This protocol has none: delete the first line.",
            line=1,
        )
        data, numbers = _dropped(data, [0])
    ends = ends_of(data, delimiter)
    width = width_of(data, ends, layouts)
    if width is None:
        data, numbers = _good_lines(path, data, layouts, delimiter, problems, numbers)
        ends = ends_of(data, delimiter)
        width = width_of(data, ends, layouts) or min(layouts)
    columns = columns_of(data, ends, layouts[width])
    lines = np.arange(1, len(ends) // width + 1) if numbers is None else numbers
    return Rows(path, columns, lines)


def _text(path: Path) -> bytes:
    """Return a file's bytes with \\n line ends and no byte order mark, ending in one \\n."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}.") from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.rstrip(b"\n ")
    if b"\0" in data or not _is_utf8(data):
        raise CorpusError(
            f"{path} is not a text file (UTF-8). If it is an archive, unpack it first."
        )
    if not data:
        raise CorpusError(f"{path} is empty. Fetch it again.")
    return data + b"\n"


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _dropped(data: bytes, drop: Iterable[int]) -> tuple[bytes, np.ndarray]:
    """Return the text without some lines (0-based) and the 1-based numbers of those that stay."""
    gone = set(drop)
    lines = data[:-1].split(b"\n")
    stay = [i for i in range(len(lines)) if i not in gone]
    return b"".join(lines[i] + b"\n" for i in stay), np.array(stay, np.int64) + 1


def _good_lines(
    path: Path,
    data: bytes,
    layouts: Mapping[int, Sequence[str]],
    delimiter: str,
    problems: Problems,
    numbers: np.ndarray | None,
) -> tuple[bytes, np.ndarray]:
    """Report rows of another length than most, drop them and blank lines; rare, so not fast."""
    lines = [line.rstrip(b" ") for line in data[:-1].split(b"\n")]
    numbers = np.arange(1, len(lines) + 1) if numbers is None else numbers
    widths = [line.count(delimiter.encode()) + 1 if line else 0 for line in lines]
    usual = Counter(width for width in widths if width in layouts).most_common(1)
    width = usual[0][0] if usual else -1
    bad = [i for i, w in enumerate(widths) if w not in (0, width)]
    if bad:
        expected = str(width) if usual else " or ".join(str(w) for w in sorted(layouts))
        problems.add(
            "columns",
            path,
            f"{widths[bad[0]]} fields where {expected} belong ({_shorten(lines[bad[0]].decode())})"
            f"{_and_more(len(bad))}.",
            f"Fields have {DELIMITERS[delimiter]} between them and hold none themselves; "
            "correct the row or fetch the file again.",
            line=int(numbers[bad[0]]),
            count=len(bad),
        )
    good = [i for i, w in enumerate(widths) if w == width]
    if not good:
        raise CorpusError(f"{path} has no row of {expected_widths(layouts)} fields.")
    return b"".join(lines[i] + b"\n" for i in good), numbers[good]


def expected_widths(layouts: Mapping[int, Sequence[str]]) -> str:
    """Return the allowed numbers of fields in words."""
    return " or ".join(str(width) for width in sorted(layouts))


def read_table(
    path: Path,
    required: Sequence[str],
    problems: Problems = STRICT,
    delimiter: str | None = None,
) -> Rows:
    """Read a CSV or TSV file whose first line names the columns; quotes as in RFC 4180.

    The delimiter is found in the header (the one of TAB, comma, semicolon, '|' that separates the
    required names) unless given. Reports missing columns and rows of another length. Raises
    CorpusError where there is no such text file, no header or no row.
    """
    text = _text(path).decode()
    first = text[: text.find("\n")]
    if delimiter is None:
        delimiter = max("\t,;|", key=lambda d: len(set(required) & set(_split(first, d))))
    names = _split(first, delimiter)
    lacking = [name for name in required if name not in names]
    if lacking:
        raise CorpusError(
            f"{path}, line 1: no column named {' or '.join(lacking)}; the header reads "
            f"{_shorten(first)} (separated by {DELIMITERS.get(delimiter, repr(delimiter))})."
            f"{nearest(lacking[0], names)} The first line must name the columns."
        )
    kept: list[list[str]] = []
    lines: list[int] = []
    bad: list[tuple[int, int]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        next(reader)
        for fields in reader:
            if len(fields) == len(names):
                kept.append(fields)
                lines.append(reader.line_num)
            elif fields:
                bad.append((reader.line_num, len(fields)))
    except csv.Error as error:
        raise CorpusError(f"{path}, line {reader.line_num}: {error}. Correct the row.") from error
    if bad:
        problems.add(
            "columns",
            path,
            f"{bad[0][1]} fields where the header names {len(names)}{_and_more(len(bad))}.",
            "Quote fields that hold the delimiter, or correct the row.",
            line=bad[0][0],
            count=len(bad),
        )
    if not kept:
        raise CorpusError(f"{path} holds a header and no row below it.")
    columns = zip(*kept, strict=True)
    return Rows(
        path,
        {name: np.array(values, np.str_) for name, values in zip(names, columns, strict=True)},
        np.array(lines, np.int64),
    )


def _split(line: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]


def labels_of(
    rows: Rows, column: str, words: Mapping[str, int], problems: Problems = STRICT
) -> np.ndarray:
    """Return int8 (rows,): the label that each row's word means; -1 for words reported unknown."""
    coded = rows.get(column)
    known = np.array([*(words.get(name, -1) for name in coded.names), -1], np.int8)
    labels = known[coded.codes]
    wrong = np.flatnonzero(labels < 0)
    if len(wrong):
        row = int(wrong[0])
        word = coded.at(row)
        listed = " or ".join(words)
        problems.add(
            "unknown-key",
            rows.path,
            f"unknown key {word!r} in column {column!r}{_and_more(len(wrong))}.",
            f"It must be {listed}.{nearest(word, words)}",
            line=int(rows.lines[row]),
            count=len(wrong),
        )
    return labels


def check_agreement(
    rows: Rows, label: np.ndarray, attack: Column, problems: Problems = STRICT
) -> Column:
    """Return the attacks with 'bonafide' read as none; report rows where key and attack disagree.

    A row is bona fide exactly when it names no attack: anything else means that labels are
    reversed or columns shifted.
    """
    none = np.array([*(name in NO_ATTACK for name in attack.names), True])[attack.codes]
    wrong = np.flatnonzero((label >= 0) & (none != (label == 1)))
    if len(wrong):
        row = int(wrong[0])
        word = "bona fide" if label[row] == 1 else "spoof"
        problems.add(
            "polarity",
            rows.path,
            f"the key says {word} but the attack is {attack.at(row)!r}{_and_more(len(wrong))}.",
            "Bona fide rows name no attack and spoofed ones do: are the labels reversed?",
            line=int(rows.lines[row]),
            count=len(wrong),
        )
    return attack.without(NO_ATTACK)


NO_ATTACK = frozenset({"bonafide", "bona-fide", "genuine", "human", "real", *NOTHING})
"""What stands in the column of attacks for bona fide speech."""


def _and_more(count: int) -> str:
    return f", and in {count - 1} more rows" if count > 1 else ""


def _shorten(text: str, limit: int = 90) -> str:
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")
