"""Your own recordings: a folder tree, a table, or files named one by one."""

import os

import pytest

from spoofjax.config_files import from_json, to_json
from spoofjax.corpora.audio_files import find_audio
from spoofjax.corpora.readers.folder import Folder
from spoofjax.corpora.readers.table import Table
from spoofjax.errors import CorpusError


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_folders_are_classes_attacks_and_splits(tmp_path):
    touch(
        tmp_path,
        "train/bonafide/a.wav",
        "train/bonafide/deep/b.FLAC",
        "train/bonafide/notes.txt",
        "train/bonafide/._a.wav",
        "train/spoof/hifigan/a.mp3",
        "train/spoof/loose.ogg",
        "validation/bonafide/a.wav",
        "validation/spoof/b.m4a",
    )
    corpus = Folder(root=str(tmp_path))
    assert corpus.splits() == ("train", "dev")
    train = corpus.manifest("train")
    assert train.ids.tolist() == [
        "bonafide/a.wav",
        "bonafide/deep/b.FLAC",
        "spoof/hifigan/a.mp3",
        "spoof/loose.ogg",
    ]
    assert train.label.tolist() == [1, 1, 0, 0]
    assert train.column("attack").values() == ["-", "-", "hifigan", "-"]
    assert train.path(2) == f"{tmp_path}/train/spoof/hifigan/a.mp3"


def test_a_tree_without_splits_serves_as_the_one_named(tmp_path):
    touch(tmp_path, "real/a.wav", "fake/b.wav")
    corpus = Folder(root=str(tmp_path), bonafide="real", spoof="fake", split="train")
    assert corpus.splits() == ("train",)
    assert corpus.manifest("train").label.tolist() == [1, 0]
    with pytest.raises(CorpusError, match=r"no eval split: expected folders real"):
        corpus.manifest("eval")


def test_a_class_without_files_is_an_error(tmp_path):
    touch(tmp_path, "bonafide/a.wav", "spoof/readme.txt")
    with pytest.raises(CorpusError, match=r"spoof: no audio file in the folder of spoofed speech"):
        Folder(root=str(tmp_path)).manifest("eval")


def test_a_folder_with_other_names_says_what_it_holds(tmp_path):
    touch(tmp_path, "genuine/a.wav")
    with pytest.raises(CorpusError, match=r"expected folders bonafide and spoof.*holds genuine"):
        Folder(root=str(tmp_path)).manifest("eval")


def table(root, text, name="eval.csv"):
    touch(root, "wav/a.wav", "wav/b.wav", "wav/c.wav")
    (root / name).write_text(text)
    return Table(root=str(root), eval=name)


def test_a_table_is_read_by_the_names_of_its_columns(tmp_path):
    corpus = table(
        tmp_path,
        "label\tfile\tspeaker\tattack\tlanguage\nspoof\twav/a.wav\tAda L\tvits\tde\n"
        "bonafide\twav/b.wav\tBo\t-\tfr\n",
    )
    manifest = corpus.manifest("eval")
    assert manifest.ids.tolist() == ["wav/a.wav", "wav/b.wav"]
    assert manifest.label.tolist() == [0, 1]
    assert manifest.column("speaker").values() == ["Ada L", "Bo"]
    assert manifest.column("language").values() == ["de", "fr"]
    assert manifest.path(0) == f"{tmp_path}/wav/a.wav"


def test_absolute_and_relative_paths_may_stand_in_one_table(tmp_path):
    text = f"file,label\nwav/a.wav,spoof\n{tmp_path}/wav/b.wav,real\n"
    manifest = table(tmp_path, text).manifest("eval")
    assert manifest.files.paths() == [f"{tmp_path}/wav/a.wav", f"{tmp_path}/wav/b.wav"]


def test_columns_words_suffix_and_splits_can_be_named(tmp_path):
    corpus = table(tmp_path, "utt;y;set\na;1;train\nb;0;validation\nc;1;validation\n").replace(
        dev="eval.csv", file="utt", label="y", split="set", suffix=".wav",
        bonafide=("0",), spoof=("1",), root=str(tmp_path / "wav"),
    )  # fmt: skip
    (tmp_path / "eval.csv").rename(tmp_path / "wav" / "eval.csv")
    manifest = corpus.manifest("dev")
    assert manifest.ids.tolist() == ["b", "c"]
    assert manifest.label.tolist() == [1, 0]
    assert manifest.path(1) == f"{tmp_path}/wav/c.wav"
    with pytest.raises(CorpusError, match="no row of split eval: column 'set' must hold eval or"):
        corpus.manifest("eval")


def test_a_root_in_a_configuration_may_begin_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    touch(tmp_path, "calls/bonafide/a.wav", "calls/spoof/b.wav")
    assert Folder(root="~/calls").manifest("eval").path(0) == f"{tmp_path}/calls/bonafide/a.wav"


def test_a_table_without_labels_makes_an_unlabelled_manifest(tmp_path):
    corpus = table(tmp_path, "file,other\nwav/a.wav,1\n").replace(label="")
    assert not corpus.manifest("eval").labelled


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,label\nwav/a.wav,true\n", "line 2: unknown key 'true'.*bonafide or"),
        ("file,label\nwav/a.wav,spoof\nwav/a.wav,spoof\n", "line 3: wav/a.wav occurs twice"),
        ("file,label\nwav/x.wav,spoof\n", "line 2: no file .*wav/x.wav"),
        ("name,label\nwav/a.wav,spoof\n", "line 1: no column named file"),
        ("file,label\n", "a header and no row below it"),
        ("file,label,attack\nwav/a.wav,real,vits\n", "the key says bona fide but the attack"),
    ],
)
def test_a_broken_table_is_one_error_with_its_line(tmp_path, text, words):
    with pytest.raises(CorpusError, match=rf"eval\.csv.*{words}"):
        table(tmp_path, text).manifest("eval")


def test_a_table_survives_its_own_json(tmp_path):
    corpus = Table(root=str(tmp_path), train="t.csv", bonafide=("0",))
    assert from_json(to_json(corpus)) == corpus


def test_audio_files_are_those_in_folders_and_those_named(tmp_path):
    touch(tmp_path, "d/b.wav", "d/a.opus", "d/x.txt", "raw.bin")
    paths = find_audio([tmp_path / "raw.bin", tmp_path / "d", tmp_path / "d/b.wav"])
    assert [str(path.relative_to(tmp_path)) for path in paths] == ["raw.bin", "d/a.opus", "d/b.wav"]


def test_links_in_a_circle_are_walked_once(tmp_path):
    touch(tmp_path, "d/a.wav")
    (tmp_path / "d" / "loop").symlink_to(tmp_path / "d")
    assert len(find_audio([tmp_path])) == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [("two\nlines.wav", r"two\\nlines\.wav"), (os.fsdecode(b"caf\xe9.wav"), r"caf\\xe9\.wav")],
)
def test_a_name_that_no_score_file_can_hold_is_refused_at_once(tmp_path, name, shown):
    touch(tmp_path, "dev/bonafide/a.wav", f"dev/spoof/{name}")
    with pytest.raises(CorpusError, match=rf"{shown}: .*Rename the file"):
        Folder(root=str(tmp_path)).manifest("dev")
    assert len(find_audio([tmp_path])) == 2  # `score` gives it a row of its own


def test_pipes_and_broken_links_are_listed_for_their_reader_to_refuse(tmp_path):
    touch(tmp_path, "a.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    assert [path.name for path in find_audio([tmp_path])] == ["a.wav", "loop.wav", "pipe.wav"]
    assert find_audio([tmp_path / "loop.wav"]) == [tmp_path / "loop.wav"]


def test_a_path_that_does_not_exist_is_named(tmp_path):
    touch(tmp_path, "take.wav", "empty/readme.md")
    with pytest.raises(CorpusError, match=r"no file or folder .*tale\.wav\. Did you mean take"):
        find_audio([tmp_path / "tale.wav"])
    with pytest.raises(CorpusError, match=r"No audio file in .*empty"):
        find_audio([tmp_path / "empty"])
