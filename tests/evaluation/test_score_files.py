"""Score files: ours and the official ones, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.errors import ScoreError
from spoofjax.evaluation.keys import Keys, read_keys
from spoofjax.evaluation.scores import Scores, join, read_scores, write_scores


def keys(ids, labels, others=()):
    return Keys(np.array(ids), np.array(labels, np.int8), {}, frozenset(others))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_written_scores_are_read_back_bit_for_bit(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("scores") / "dev.tsv"
    write_scores(path, Scores([f"U_{i}" for i in range(len(values))], values))
    again = read_scores(path)
    assert again.score.tobytes() == np.array(values, np.float64).tobytes()
    assert again.ids.tolist() == [f"U_{i}" for i in range(len(values))]


def test_our_file_is_the_official_track_1_form(tmp_path):
    write_scores(tmp_path / "s.tsv", Scores(["a b", "c"], [0.5, -1.25]))
    assert (tmp_path / "s.tsv").read_text() == "filename\tcm-score\na b\t0.5\nc\t-1.25\n"
    assert [p.name for p in tmp_path.iterdir()] == ["s.tsv"]  # no half-written file is left


def test_two_columns_are_a_2021_score_file(tmp_path):
    (tmp_path / "s.txt").write_text("LA_E_1 0.25\nLA_E_2 -3e-2\n")
    assert read_scores(tmp_path / "s.txt").score.tolist() == [0.25, -0.03]


def test_four_columns_are_a_2019_score_file_with_labels(tmp_path):
    (tmp_path / "s.txt").write_text("LA_E_1 - bonafide 2.5\r\nLA_E_2 A07 spoof -1\r\n")
    scores = read_scores(tmp_path / "s.txt")
    assert scores.bonafide.tolist() == [2.5]
    assert scores.spoof.tolist() == [-1.0]


def test_a_track_2_file_gives_the_asked_column(tmp_path):
    text = "spk\tfilename\tcm-score\tasv-score\tsasv-score\nE_1\tE_9\t1.5\t-\t0.25\n"
    (tmp_path / "s.tsv").write_text(text)
    assert read_scores(tmp_path / "s.tsv", "sasv-score").score.tolist() == [0.25]
    with pytest.raises(ScoreError, match=r"s\.tsv, line 2: '-' is not a number"):
        read_scores(tmp_path / "s.tsv", "asv-score")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("filename\tcm-score\n", "a header and nothing below"),
        ("a 1\nb 2 3\n", "line 2: 3 fields where line 1 has 2"),
        ("a 1\nb two\n", "line 2: 'two' is not a number"),
        ("a 1\nb nan\n", "score of b is nan"),
        ("a 1\na 2\n", "hold a twice"),
        ("a 1 2\n", "line 1: 3 fields"),
        ("filename\tscore\na\t1\n", "no column 'cm-score' in the header.*Did you mean score"),
        ("a A07 spof 1\n", "'spof' is not a label"),
    ],
)
def test_a_broken_score_file_is_one_error_with_its_place(tmp_path, text, message):
    (tmp_path / "s.txt").write_text(text)
    with pytest.raises(ScoreError, match=message):
        read_scores(tmp_path / "s.txt")


def test_binary_and_missing_files_are_refused(tmp_path):
    (tmp_path / "s.npy").write_bytes(b"\x93NUMPY\xff\x00")
    with pytest.raises(ScoreError, match="not a UTF-8 text file"):
        read_scores(tmp_path / "s.npy")
    with pytest.raises(ScoreError, match=r"none\.txt cannot be read: No such file"):
        read_scores(tmp_path / "none.txt")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_not_finite_names_its_utterance(value):
    with pytest.raises(ScoreError, match="The score of second is"):
        Scores(["first", "second"], [0.0, value])


def test_scores_take_the_order_and_the_labels_of_the_key():
    joined = join(Scores(["a", "b", "c"], [1, 2, 3]), keys(["c", "a", "b"], [1, 0, 0]))
    assert joined.ids.tolist() == ["c", "a", "b"]
    assert joined.bonafide.tolist() == [3]
    assert joined.spoof.tolist() == [1, 2]


def test_missing_and_extra_utterances_are_named():
    with pytest.raises(ScoreError) as caught:
        join(Scores(["a.wav", "b.wav"], [1, 2]), keys(["a", "b"], [1, 0]))
    assert "2 of 2 utterances have no score (a, b)" in str(caught.value)
    assert "2 scored utterances are not in the key (a.wav, b.wav)" in str(caught.value)
    assert "extension" in str(caught.value)


def test_scores_of_another_subset_are_left_out():
    joined = join(Scores(["a", "p"], [1, 2]), keys(["a"], [1], others=["p"]))
    assert joined.ids.tolist() == ["a"]


def test_labels_that_contradict_the_key_are_refused():
    with pytest.raises(ScoreError, match=r"disagree about 1 utterances \(first: b\)"):
        join(Scores(["a", "b"], [1, 2], [1, 1]), keys(["a", "b"], [1, 0]))


def test_a_duplicate_score_is_refused_even_in_the_key_order():
    with pytest.raises(ScoreError, match="hold a twice"):
        join(Scores(["a", "a"], [1, 2]), keys(["a"], [1]))


def test_an_id_that_would_break_the_table_is_refused(tmp_path):
    with pytest.raises(ScoreError, match="TAB"):
        write_scores(tmp_path / "s.tsv", Scores(["a\tb"], [1]))


# ------------------------------------------------------------------------ separators
@pytest.mark.parametrize(
    "text",
    [
        "filename,cm-score\na,0.5\nb c,-1\n",
        '"filename","cm-score"\r\n"a","0.5"\r\n"b c","-1"\r\n',
        "\N{BYTE ORDER MARK}filename, cm-score\na, 0.5\nb c, -1\n",
        "filename;cm-score\na;0.5\nb c;-1\n",
        ",filename,cm-score\n0,a,0.5\n1,b c,-1\n",  # with the index that pandas writes
        "Filename,CM-Score\na,0.5\nb c,-1\n",
        "a,0.5\nb c,-1\n",
    ],
)
def test_a_csv_file_is_read_as_spreadsheets_and_pandas_write_it(tmp_path, text):
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    scores = read_scores(tmp_path / "s.csv")
    assert scores.ids.tolist() == ["a", "b c"]
    assert scores.score.tolist() == [0.5, -1.0]


def test_a_comma_in_an_id_does_not_separate_fields_where_spaces_do(tmp_path):
    (tmp_path / "s.txt").write_text("a,b.wav 0.5\nc.wav -1\n")
    assert read_scores(tmp_path / "s.txt").ids.tolist() == ["a,b.wav", "c.wav"]


@pytest.mark.parametrize("text", ["a 0,5\nb -1,0\n", "filename;cm-score\na;0,5\n"])
def test_a_decimal_comma_is_refused_and_never_read_as_two_fields(tmp_path, text):
    (tmp_path / "s.txt").write_text(text)
    with pytest.raises(ScoreError, match="'0,5' is not a number"):
        read_scores(tmp_path / "s.txt")


def test_a_key_may_have_commas_too(tmp_path):
    (tmp_path / "key.csv").write_text("filename,cm-label,attack\na,bonafide,-\nb,spoof,A01\n")
    read = read_keys(tmp_path / "key.csv")
    assert read.label.tolist() == [1, 0]
    assert read.columns["attack"].names == ("A01",)
