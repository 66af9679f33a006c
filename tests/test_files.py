"""Files and folders appear complete or not at all, with the permissions of the umask."""

import os
import stat

import pytest

from spoofjax.files import new_folder, replacement, write_json, write_text
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import save_weights


@pytest.fixture
def umask():
    """A umask that lets the group read and write."""
    before = os.umask(0o002)
    yield 0o002
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "notes.txt"
    write_text(path, "old")

    def fail():
        with replacement(path) as beside:
            beside.write_text("half of the n")
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        fail()
    assert path.read_text() == "old"


def test_a_folder_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "a" / "export"
    with new_folder(path) as folder:
        (folder / "one.txt").write_text("1")
        assert not path.exists()
    assert (path / "one.txt").read_text() == "1"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_fails_leaves_nothing(tmp_path):
    def fail():
        with new_folder(tmp_path / "export") as folder:
            (folder / "one.txt").write_text("1")
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_new_folder_may_take_the_place_of_an_empty_one_only(tmp_path):
    (tmp_path / "empty").mkdir()
    with new_folder(tmp_path / "empty") as folder:
        (folder / "one.txt").write_text("1")
    assert (tmp_path / "empty" / "one.txt").exists()
    with pytest.raises(OSError, match="not empty"), new_folder(tmp_path / "empty"):
        pass
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["one.txt"]


def test_folders_are_made_on_the_way(tmp_path):
    write_json(tmp_path / "a" / "b" / "value.json", {"x": 1})
    assert (tmp_path / "a" / "b" / "value.json").read_text() == '{\n  "x": 1\n}\n'


def test_files_follow_the_umask_whatever_writes_them(tmp_path, umask):
    import numpy as np

    save_weights(tmp_path, {"head/kernel": np.ones((2, 1), np.float32)}, {})
    write_text(tmp_path / "notes.txt", "text")
    assert mode(RunFolder(tmp_path).weights) == 0o666 & ~umask
    assert mode(tmp_path / "notes.txt") == 0o666 & ~umask
