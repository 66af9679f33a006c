"""Cells of attack, codec and language: which bona fide speech each is compared with."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.corpora.column import Column
from spoofjax.errors import ScoreError
from spoofjax.evaluation.breakdown import breakdown, by, check_groups, main_groups

TRIALS = st.lists(
    st.tuples(
        st.integers(-5, 5).map(float),
        st.sampled_from([("-", 1), ("A01", 0), ("A02", 0), ("A03", 0)]),
        st.sampled_from(["-", "C01", "C02"]),
    ),
    min_size=1,
    max_size=60,
)


def columns_of(trials):
    scores = np.array([score for score, _, _ in trials])
    labels = np.array([label for _, (_, label), _ in trials])
    attack = [name for _, (name, _), _ in trials]
    codec = [name for _, _, name in trials]
    return scores, labels, attack, codec


@given(TRIALS)
def test_a_cell_compares_its_spoofs_with_the_bona_fide_speech_of_its_codec(literal, trials):
    scores, labels, attack, codec = columns_of(trials)
    rows = by(scores, labels, {"attack": Column.of(attack), "codec": Column.of(codec)})
    met = {(a, c) for a, c, label in zip(attack, codec, labels, strict=True) if label == 0}
    assert {(row["attack"], row["codec"]) for row in rows} == met
    for row in rows:
        spoof = [s for s, (a, _), c in trials if (a, c) == (row["attack"], row["codec"])]
        bonafide = [s for s, (a, _), c in trials if a == "-" and c == row["codec"]]
        assert (row["bonafide"], row["spoof"]) == (len(bonafide), len(spoof))
        if bonafide:
            assert (row["eer"], row["eer_threshold"]) == literal.eer(bonafide, spoof)
            assert row["min_dcf"] == pytest.approx(literal.min_dcf(bonafide, spoof)[0])
            assert row["auc"] == pytest.approx(literal.auc(bonafide, spoof))
        else:
            assert row["eer"] is None


def test_attacks_on_real_scores_equal_the_literal_definition(literal, eval_scores, eval_keys):
    rows = by(eval_scores.score, eval_scores.label, {"attack": eval_keys.columns["attack"]})
    assert [row["attack"] for row in rows] == [f"A{i:02}" for i in range(7, 20)]
    attack = eval_keys.columns["attack"]
    for row in rows:
        code = attack.names.index(row["attack"])
        spoof = eval_scores.score[attack.codes == code]
        assert (row["eer"], row["eer_threshold"]) == literal.eer(eval_scores.bonafide, spoof)
        assert row["bonafide"] == 7355
        assert row["spoof"] == 4914


def test_a_codec_without_spoofs_still_shows_its_counts():
    rows = by([1, 2, 0], [1, 1, 0], {"codec": Column.of(["C01", "C02", "C01"])})
    assert [(r["codec"], r["bonafide"], r["spoof"], r["eer"]) for r in rows] == [
        ("C01", 1, 1, 0.0),
        ("C02", 1, 0, None),
    ]


def test_breakdown_crosses_columns_and_leaves_out_constant_ones():
    columns = {
        "attack": Column.of(["-", "A1", "A2", "-"]),
        "codec": Column.of(["C1", "C1", "C2", "C2"]),
        "language": Column.of(["EN"] * 4),
    }
    tables = breakdown([2.0, 1.0, 0.0, 3.0], [1, 0, 0, 1], columns)
    assert list(tables) == ["attack", "codec", "attack x codec"]
    assert json.loads(json.dumps(tables)) == tables


def test_a_column_of_another_length_is_named():
    with pytest.raises(ScoreError, match="Column codec has 2 values"):
        by([1.0], [1], {"codec": Column.of(["C1", "C2"])})


GENDERED = {
    "attack": Column.of(["-", "-", "A1", "A1", "A2"]),
    "gender": Column.of(["F", "M", "F", "M", "M"]),
    "codec": Column.of(["C1"] * 5),
}


def test_groups_that_are_asked_for_are_the_only_ones():
    tables = breakdown([2, 1, 0, 3, 0], [1, 1, 0, 0, 0], GENDERED, ["gender", "codec"])
    assert [(r["gender"], r["bonafide"], r["spoof"]) for r in tables["gender"]] == [
        ("F", 1, 1),
        ("M", 1, 2),
    ]
    assert [r["codec"] for r in tables["codec"]] == ["C1"]  # constant, but asked for
    assert list(tables) == ["gender", "codec"]


def test_a_crossing_is_asked_for_by_its_name():
    tables = breakdown([2, 1, 0, 3, 0], [1, 1, 0, 0, 0], GENDERED, ["attack x gender"])
    assert [(r["attack"], r["gender"], r["spoof"]) for r in tables["attack x gender"]] == [
        ("A1", "F", 1),
        ("A1", "M", 1),
        ("A2", "M", 1),
    ]


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("gendre", "no column 'gendre' to group by. Did you mean gender"),
        ("attack x room", "no column 'room'"),
        ("attack x gender x codec", "one column, or two"),
        ("codec x codec", "one column, or two"),
    ],
)
def test_a_group_that_cannot_be_made_is_refused(group, words):
    with pytest.raises(ScoreError, match=words):
        check_groups([group], GENDERED)


def test_a_run_is_broken_down_by_language_where_there_are_several():
    attack = Column.of(["-", "A01", "A02", "A02"])
    languages, one = Column.of(["de", "de", "fr", "fr"]), Column.constant("en", 4)
    assert main_groups({"attack": attack, "language": languages}) == ["attack", "language"]
    assert main_groups({"attack": attack, "language": one, "gender": languages}) == ["attack"]
    codec = Column.of(["C01", "C02", "C01", "C02"])
    groups = main_groups({"attack": attack, "codec": codec, "language": languages})
    assert groups == ["attack", "codec", "attack x codec", "language"]
