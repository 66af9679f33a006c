"""Files are replaced whole or not at all, and belong to whom the umask says."""

import os
import stat

import pytest

from spoofjax.files import replacement, write_json, write_text
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


def test_folders_are_made_on_the_way(tmp_path):
    write_json(tmp_path / "a" / "b" / "value.json", {"x": 1})
    assert (tmp_path / "a" / "b" / "value.json").read_text() == '{\n  "x": 1\n}\n'


def test_files_follow_the_umask_whatever_writes_them(tmp_path, umask):
    import numpy as np

    save_weights(tmp_path, {"head/kernel": np.ones((2, 1), np.float32)}, {})
    write_text(tmp_path / "notes.txt", "text")
    assert mode(RunFolder(tmp_path).weights) == 0o666 & ~umask
    assert mode(tmp_path / "notes.txt") == 0o666 & ~umask
