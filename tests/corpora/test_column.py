"""A column is codes into names, and gives its values back."""

from hypothesis import given
from hypothesis import strategies as st

from spoofjax.corpora.column import Column

WORDS = st.lists(st.sampled_from(["-", "", "A01", "A02", "Åsa", "x y"]), max_size=30)


@given(WORDS)
def test_a_column_gives_its_values_back_with_dash_for_none(words):
    column = Column.of(words)
    assert column.values() == [word or "-" for word in words]
    assert [column.at(row) for row in range(len(words))] == column.values()
    assert list(column.names) == sorted(set(words) - {"-", ""})
    assert Column.of([word.encode() for word in words]).values() == column.values()


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_joined_columns_keep_every_row_under_one_table_of_names(parts):
    joined = Column.join([Column.of(words) for words in parts])
    assert joined.values() == [word or "-" for words in parts for word in words]
    assert sum(joined.tally().values()) == sum(w not in ("-", "") for p in parts for w in p)
