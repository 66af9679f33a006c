"""What the folders on a path say about a recording."""

import pytest

from spoofjax.corpora.own_data.recordings import Recording, find_recordings
from spoofjax.errors import CorpusError


@pytest.fixture
def make(tmp_path):
    def make(*paths: str):
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).touch()
        return tmp_path

    return make


def test_usual_names_of_classes_are_known_wherever_they_stand(make):
    folder = make("Real/a.wav", "x/FAKES/vits/b.wav", "genuine/c.flac", "notes/d.wav", "e.wav")
    assert find_recordings(folder) == [
        Recording("Real/a.wav", 1, "", ()),
        Recording("genuine/c.flac", 1, "", ()),
        Recording("x/FAKES/vits/b.wav", 0, "", ("x", "vits")),
    ]


def test_folders_of_splits_are_known_above_and_below_the_classes(make):
    folder = make("train/real/a.wav", "real/valid/b.wav", "fake/test/c.wav")
    splits = {one.path: one.split for one in find_recordings(folder)}
    assert splits == {
        "train/real/a.wav": "train",
        "real/valid/b.wav": "dev",
        "fake/test/c.wav": "eval",
    }


def test_other_names_can_be_given(make):
    folder = make("echt/a.wav", "falsch/b.wav")
    labels = [one.label for one in find_recordings(folder, bonafide=["Echt"], spoof=["falsch"])]
    assert labels == [1, 0]


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["real/a.wav"], r"of spoofs \(such as fake/.*holds real/"),
        (["fake/a.wav"], r"of bona fide speech \(such as real/"),
        (["a.wav"], "bona fide speech .* or of spoofs .*audio files without folders"),
        (["notes/a.txt"], "holds no audio file"),
    ],
)
def test_a_missing_class_is_told_with_what_is_there(make, paths, words):
    with pytest.raises(CorpusError, match=words):
        find_recordings(make(*paths))


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(CorpusError, match=r"no folder .*nowhere"):
        find_recordings(tmp_path / "nowhere")
