"""Tables with a header become columns; what is malformed is named with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.corpora.tables import read_table
from spoofjax.errors import CorpusError


@given(
    rows=st.lists(st.tuples(*[st.text(max_size=8)] * 2), min_size=1, max_size=10),
    delimiter=st.sampled_from("\t,;|"),
)
def test_any_table_with_quotes_reads_back_as_written(rows, delimiter, tmp_path_factory):
    rows = [tuple("".join(c for c in f if c.isprintable()) for f in row) for row in rows]
    path = tmp_path_factory.mktemp("table") / "t.csv"
    quoted = [["file", "label"], *rows]
    text = "\n".join(
        delimiter.join('"' + field.replace('"', '""') + '"' for field in row) for row in quoted
    )
    path.write_text(text, encoding="utf-8")
    read = read_table(path, ["file", "label"])
    assert list(zip(read["file"].tolist(), read["label"].tolist(), strict=True)) == rows


def write(path, text):
    path.write_text(text)
    return path


def test_a_table_without_the_column_asked_for_names_the_nearest(tmp_path):
    path = write(tmp_path / "t.csv", "file,lable\na.wav,spoof\n")
    with pytest.raises(CorpusError, match=r"t\.csv, line 1: no column named label.*Did you mean"):
        read_table(path, ["file", "label"])


def test_a_table_row_of_another_length_is_named_with_its_line(tmp_path):
    path = write(tmp_path / "t.csv", "file,speaker,label\na.wav,X,spoof\nb.wav,Y, Z,spoof\n")
    with pytest.raises(CorpusError, match=r"line 3: 4 fields .*Quote fields"):
        read_table(path, ["file", "label"])
