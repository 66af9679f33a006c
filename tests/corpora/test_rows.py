"""Labels follow from the words in a column; unknown words are named with their line."""

import numpy as np
import pytest

from spoofjax.corpora.problems import Collected
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.rows import labels_of
from spoofjax.errors import CorpusError

LAYOUT = {3: ("id", "attack", "key")}


def write(path, text):
    path.write_text(text)
    return path


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_word(tmp_path):
    rows = read_fields(write(tmp_path / "p.tsv", "a - bonafide\nb A01 spof\n"), LAYOUT)
    with pytest.raises(CorpusError, match=r"line 2: unknown key 'spof'.*Did you mean spoof"):
        labels_of(rows, "key", {"bonafide": 1, "spoof": 0})
    problems = Collected()
    labels = labels_of(rows, "key", {"bonafide": 1, "spoof": 0}, problems)
    np.testing.assert_array_equal(labels, [1, -1])
