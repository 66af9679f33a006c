"""A manifest is a table of utterances that can be picked, counted and joined."""

import numpy as np
import pytest

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.segments import Segments
from spoofjax.errors import CorpusError


def small(corpus="toy", ids=("a", "b", "c"), label=(1, 0, 0), attack=("-", "A01", "A02"), **more):
    names = np.array(ids)
    return Manifest.of(
        corpus,
        names,
        np.array(label),
        Files.under(f"/data/{corpus}", names, ".flac"),
        attack=Column.of(attack),
        **more,
    )


def test_paths_are_joined_from_folder_id_and_suffix():
    manifest = small()
    assert manifest.path(1) == "/data/toy/b.flac"
    assert manifest.files.paths() == ["/data/toy/a.flac", "/data/toy/b.flac", "/data/toy/c.flac"]
    assert Files.under("", np.array(["/x/a.wav"])).path(0) == "/x/a.wav"


def test_taking_rows_keeps_each_utterances_facts_together():
    manifest = small(samples=np.array([10, 20, 30]), language="en")
    taken = manifest.take([2, 0])
    assert taken.ids.tolist() == ["c", "a"]
    assert taken.label.tolist() == [0, 1]
    assert taken.column("attack").values() == ["A02", "-"]
    assert taken.samples.tolist() == [30, 10]
    assert taken.path(0) == "/data/toy/c.flac"
    assert manifest.take(manifest.label == 0).ids.tolist() == ["b", "c"]


def test_manifests_of_several_corpora_join_and_keep_their_keys_apart():
    both = Manifest.concatenate(
        [small(speaker=Column.of(["s1", "s2", "s1"])), small("other", attack=("-", "TTS", "A01"))]
    )
    assert both.corpus == "other+toy"
    assert both.names("attack") == ("A01", "A02", "TTS")
    assert both.column("attack").values() == ["-", "A01", "A02", "-", "TTS", "A01"]
    assert both.column("speaker").values() == ["s1", "s2", "s1", "-", "-", "-"]
    assert both.keys().tolist() == ["toy/a", "toy/b", "toy/c", "other/a", "other/b", "other/c"]
    assert both.path(3) == "/data/other/a.flac"
    assert both.take([4]).column("corpus").at(0) == "other"


def test_the_same_utterance_twice_in_a_joined_manifest_is_an_error():
    with pytest.raises(CorpusError, match="a occurs twice in the joined"):
        Manifest.concatenate([small(), small()])


def test_counts_summarise_a_split():
    counts = small(speaker=Column.of(["s1", "s2", "s2"]), codec="C05").counts()
    assert (counts["utterances"], counts["bonafide"], counts["spoof"]) == (3, 1, 2)
    assert counts["attacks"] == {"A01": 1, "A02": 1}
    assert counts["codecs"] == {"C05": 3}
    assert counts["speakers"] == 2


def test_a_manifest_is_labelled_when_every_utterance_is():
    assert small().labelled
    assert not small(label=(1, 0, -1)).labelled
    assert not small().take([]).labelled


def test_an_unknown_column_is_an_error_that_names_the_nearest():
    with pytest.raises(CorpusError, match=r"'atack'.*Did you mean attack"):
        small().column("atack")


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(CorpusError, match="manifest of 3 ids where attack has 1 rows"):
        small(attack=("-",))


def test_segment_labels_follow_their_utterances():
    segments = Segments.of(0.16, [np.array([1, 1]), np.array([0, 1, 0]), np.array([])])
    manifest = small(segments=segments)
    assert manifest.take([1]).segments.at(0).tolist() == [0, 1, 0]
    both = Manifest.concatenate([small("whole"), manifest])
    assert both.segments.at(0).tolist() == []
    assert both.segments.at(4).tolist() == [0, 1, 0]
    other = small("fine", segments=Segments.of(0.02, [np.ones(2)] * 3))
    with pytest.raises(CorpusError, match=r"different steps.*0.02 s, 0.16 s"):
        Manifest.concatenate([manifest, other])
