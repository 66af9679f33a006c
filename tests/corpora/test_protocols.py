"""Protocols become columns; what is malformed is named with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.corpora.problems import Collected
from spoofjax.corpora.protocols import HEADER_WORDS, read_fields
from spoofjax.errors import CorpusError

LAYOUT = {3: ("id", "attack", "key")}
FIELD = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\ufeff"),
    min_size=1,
    max_size=12,
).filter(lambda field: field.lower() not in HEADER_WORDS)


@given(rows=st.lists(st.tuples(FIELD, FIELD, FIELD), min_size=1, max_size=20), crlf=st.booleans())
def test_any_protocol_reads_back_as_written(rows, crlf, tmp_path_factory):
    path = tmp_path_factory.mktemp("protocol") / "p.tsv"
    path.write_bytes(("\r\n" if crlf else "\n").join(map(" ".join, rows)).encode())
    read = read_fields(path, LAYOUT)
    back = zip(*(read.text(name).tolist() for name in LAYOUT[3]), strict=True)
    assert list(back) == rows
    assert read.lines.tolist() == list(range(1, len(rows) + 1))


def write(path, text):
    path.write_text(text)
    return path


def test_a_row_of_another_length_is_named_with_its_line(tmp_path):
    path = write(tmp_path / "p.tsv", "a - bonafide\nb A01 spoof\n\nc A01 extra spoof\nd A02\n")
    with pytest.raises(CorpusError, match=r"p\.tsv, line 4: 4 fields instead of 3 .*and in 1 more"):
        read_fields(path, LAYOUT)


def test_when_collecting_the_good_rows_are_kept_with_their_lines(tmp_path):
    path = write(tmp_path / "p.tsv", "id attack key\na - bonafide\nbad\nb A01 spoof\n")
    problems = Collected()
    rows = read_fields(path, LAYOUT, problems)
    assert [p.kind for p in problems.collected] == ["header", "columns"]
    assert [p.line for p in problems.collected] == [1, 3]
    assert rows.text("id").tolist() == ["a", "b"]
    assert rows.lines.tolist() == [2, 4]


@pytest.mark.parametrize(("delimiter", "word"), [("\t", "TAB"), (",", "a comma")])
def test_a_wrong_delimiter_is_named_once_and_read_on_when_collecting(tmp_path, delimiter, word):
    path = write(tmp_path / "p.tsv", f"a{delimiter}-{delimiter}bonafide\n" * 3)
    with pytest.raises(CorpusError, match=f"line 1: the fields are separated by {word}.*one space"):
        read_fields(path, LAYOUT)
    problems = Collected()
    assert read_fields(path, LAYOUT, problems).text("key").tolist() == ["bonafide"] * 3
    assert [p.kind for p in problems.collected] == ["delimiter"]


def test_two_spaces_between_fields_are_an_error(tmp_path):
    path = write(tmp_path / "p.tsv", "a - bonafide\nb  A01 spoof\n")
    with pytest.raises(CorpusError, match=r"line 2: 4 fields .*separated by one space"):
        read_fields(path, LAYOUT)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\x1f\x8b\x08\x00\x00", "not a UTF-8 text file"),
        (b"\xff\xfea", "not a UTF-8 text file"),
    ],
)
def test_what_is_not_a_text_file_is_said_to_be_none(tmp_path, content, words):
    path = tmp_path / "p.tsv"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=words):
        read_fields(path, LAYOUT)


def test_a_missing_protocol_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"none\.tsv cannot be read"):
        read_fields(tmp_path / "none.tsv", LAYOUT)


def test_a_protocol_of_a_header_alone_has_no_row(tmp_path):
    path = write(tmp_path / "p.tsv", "id attack key\n")
    with pytest.raises(CorpusError, match="has a header and no row below it"):
        read_fields(path, LAYOUT, Collected())
