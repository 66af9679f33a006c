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


def test_capitals_in_the_names_of_columns_do_not_matter(tmp_path):
    rows = read_table(
        write(tmp_path / "t.csv", "File,LABEL,Attack\na.wav,spoof,A01\n"), ["file", "label"]
    )
    assert rows["file"].tolist() == ["a.wav"]
    assert rows.text("label").tolist() == ["spoof"]
    assert rows.get("attack").values() == ["A01"]  # a column that is not required
    assert rows.get("codec").values() == ["-"]


def test_of_two_names_that_differ_in_capitals_only_the_equal_one_counts(tmp_path):
    both = write(tmp_path / "t.csv", "FILE,file,label\nA.wav,a.wav,spoof\n")
    assert read_table(both, ["file", "label"])["file"].tolist() == ["a.wav"]
    neither = write(tmp_path / "t.csv", "FILE,File,label\nA.wav,a.wav,spoof\n")
    with pytest.raises(CorpusError, match=r"no column named file.*Did you mean"):
        read_table(neither, ["file", "label"])


def test_a_table_row_of_another_length_is_named_with_its_line(tmp_path):
    path = write(tmp_path / "t.csv", "file,speaker,label\na.wav,X,spoof\nb.wav,Y, Z,spoof\n")
    with pytest.raises(CorpusError, match=r"line 3: 4 fields .*Quote fields"):
        read_table(path, ["file", "label"])
