"""The first value that occurs again is found."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.corpora.repeats import first_repeat


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=2)), st.booleans())
def test_the_first_repeated_value_is_found(values, as_bytes):
    values = [value.encode() for value in values] if as_bytes else values
    row = first_repeat(np.array(values))
    repeats = [n for n, value in enumerate(values) if value in values[:n]]
    assert row == (repeats[0] if repeats else None)
