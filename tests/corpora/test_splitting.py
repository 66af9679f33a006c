"""Splits of groups: whole speakers, both classes, always the same."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from spoofjax.corpora.splitting import SHARES, is_fair, joined_groups, split_by_group


def test_single_recordings_are_divided_by_their_shares():
    labels = [1] * 100 + [0] * 200
    splits = split_by_group([f"r{n}" for n in range(300)], labels)
    counts = Counter(zip(splits, labels, strict=True))
    assert [counts[split, 1] for split in SHARES] == [70, 15, 15]
    assert [counts[split, 0] for split in SHARES] == [140, 30, 30]
    assert is_fair(splits, labels)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=60))
def test_a_group_is_in_one_split_whatever_the_order(rows):
    groups, labels = [f"g{group}" for group, _ in rows], [label for _, label in rows]
    splits = split_by_group(groups, labels)
    assert len(set(zip(groups, splits, strict=True))) == len(set(groups))
    backwards = split_by_group(groups[::-1], labels[::-1])
    assert backwards[::-1] == splits


def test_a_split_that_lacks_a_class_is_not_fair():
    assert not is_fair(["train", "train", "dev", "dev", "eval"], [1, 0, 1, 0, 1])
    assert not is_fair(["train"] * 98 + ["dev", "eval"], [1, 0] * 50)


def test_copies_join_the_speakers_who_share_them():
    groups = joined_groups(["a", "a", "b", "c", "", ""], ["1", "2", "2", "3", "4", "4"])
    assert groups[0] == groups[1] == groups[2] != groups[3]
    assert groups[4] == groups[5] not in groups[:4]
