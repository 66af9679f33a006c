"""Copies are drawn with their share and stand beside their parents."""

import numpy as np
import pytest

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import ConfigError, CorpusError
from spoofjax.loading.pairing import parent_rows
from spoofjax.loading.sampling import Balanced, Paired, draws


def copied(bonafide=8, spoofs=6, copies=20):
    """A manifest whose last rows are copies of its first ones, in turn."""
    rows = bonafide + spoofs + copies
    label = (np.arange(rows) < bonafide).astype(np.int8)
    ids = np.array([f"U{n:03}" for n in range(rows)])
    parents = ["-"] * (bonafide + spoofs) + [str(ids[n % bonafide]) for n in range(copies)]
    attacks = ["-"] * bonafide + ["A1"] * spoofs + [f"C{n % 2}" for n in range(copies)]
    return Manifest.of(
        "corpus", ids, label, Files.under("audio", ids, ".flac"),
        attack=Column.of(attacks), parent=Column.of(parents),
    )  # fmt: skip


def test_a_copy_follows_its_parent_and_has_its_share_of_the_spoofs():
    manifest = copied()
    parents = parent_rows(manifest)
    drawn = draws(Paired(copies=0.3).stream(manifest, 5), 0, 8000)
    first, second = drawn[::2], drawn[1::2]
    assert np.all(manifest.label[first] == 1)
    assert np.all(manifest.label[second] == 0)
    is_copy = parents[second] >= 0
    assert abs(is_copy.mean() - 0.3) < 0.001
    np.testing.assert_array_equal(first[is_copy], parents[second[is_copy]])
    counts = np.bincount(second[is_copy])[14:]
    assert counts.max() - counts.min() <= 1  # every copy once an epoch
    others = np.bincount(first[~is_copy], minlength=8)
    assert np.all(np.abs(others / others.sum() - 1 / 8) < 0.02)


def test_a_draw_is_the_same_alone_and_in_a_batch():
    manifest = copied()
    stream = Paired(copies=0.5, by="attack").stream(manifest, 1)
    together = draws(stream, 100, 64)
    again = Paired(copies=0.5, by="attack").stream(manifest, 1)
    assert [int(again[d]) for d in range(100, 164)] == together.tolist()


def test_copies_need_not_stand_beside_their_parents():
    manifest = copied()
    drawn = draws(Paired(copies=0.5, paired=False).stream(manifest, 5), 0, 4000)
    parents = parent_rows(manifest)[drawn[1::2]]
    assert abs(np.mean(parents >= 0) - 0.5) < 0.001
    assert abs(np.mean(drawn[::2][parents >= 0] == parents[parents >= 0]) - 1 / 8) < 0.03


def test_the_share_of_copies_may_be_nothing_or_all():
    manifest = copied()
    parents = parent_rows(manifest)
    none = draws(Paired(copies=0.0).stream(manifest, 5), 0, 400)[1::2]
    assert np.all(parents[none] < 0)
    everything = draws(Paired(copies=1.0).stream(copied(spoofs=0), 5), 0, 400)
    assert np.all(parent_rows(copied(spoofs=0))[everything[1::2]] == everything[::2])


def test_what_cannot_be_drawn_is_named():
    with pytest.raises(CorpusError, match=r"no spoof of the training split has a parent"):
        Paired().stream(copied(copies=0), 1)
    with pytest.raises(CorpusError, match="All spoofs of the training split are copies"):
        Paired().stream(copied(spoofs=0), 1)
    with pytest.raises(ConfigError, match=r"copies=1\.5 must lie from 0 to 1"):
        Paired(copies=1.5)


def test_combinations_of_columns_are_drawn_equally_often():
    label = np.repeat(np.array([1, 0], np.int8), [4, 60])
    ids = np.array([f"U{n:03}" for n in range(64)])
    attack = Column.of(["-"] * 4 + ["A1"] * 50 + ["A2"] * 10)
    codec = Column.of(["-"] * 4 + ["mp3"] * 45 + ["-"] * 15)
    manifest = Manifest.of(
        "corpus", ids, label, Files.under("audio", ids), attack=attack, codec=codec
    )
    drawn = draws(Balanced(by="attack+codec").stream(manifest, 3), 0, 6000)[1::2]
    pairs = zip(np.array(attack.values())[drawn], np.array(codec.values())[drawn], strict=True)
    values, counts = np.unique([f"{a} {c}" for a, c in pairs], return_counts=True)
    assert values.tolist() == ["A1 -", "A1 mp3", "A2 -"]
    assert counts.tolist() == [1000, 1000, 1000]


def test_combinations_take_turns_in_no_order_of_their_attacks():
    # Were they in order, a batch would hold the spoofs of a single attack.
    labels = np.repeat([1, 0], [20, 200]).astype(np.int8)
    attacks = ["-"] * 20 + [f"A{n // 25:02d}" for n in range(200)]
    speakers = [f"S{n % 25:02d}" for n in range(220)]
    ids = np.array([f"U{n:03d}" for n in range(220)])
    manifest = Manifest.of(
        "corpus",
        ids,
        labels,
        Files.under("audio", ids, ".flac"),
        attack=Column.of(attacks),
        speaker=Column.of(speakers),
    )
    drawn = draws(Balanced(by="attack+speaker").stream(manifest, 1), 0, 320)
    spoofs = np.array(attacks)[drawn[1::2]]
    assert all(len(set(spoofs[first : first + 16])) >= 4 for first in range(0, 160, 16))
