"""A JSON file is read in its declared shape, or refused in one line that names it."""

from typing import TypedDict

import pytest

from spoofjax import json_files
from spoofjax.errors import CorpusError, RunError
from spoofjax.json_files import read_json


class Threshold(TypedDict):
    """A file with one number."""

    threshold: float


def test_a_good_file_is_returned(tmp_path):
    path = tmp_path / "decision.json"
    path.write_text('{"threshold": 0.5, "note": "mine"}')
    assert read_json(path, Threshold) == {"threshold": 0.5, "note": "mine"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Expecting value"),
        (b"[]", "the value must be an object, not a list"),
        (b"{}", "threshold is missing"),
        (b'{"threshold": NaN}', "threshold must be a finite number, not nan"),
        (b'{"threshold": "0"}', "threshold must be a finite number, not '0'"),
        (b'{"threshold": 0.5', "Expecting"),
        (b"\xff\xfe\xfd", "codec can't decode"),
        (b"9" * 10_000, "4300 digits"),
        (b"[" * 1_000_000, "nested too deeply"),
        (b"[" * 60 + b"]" * 60, "nested more than 50 levels"),
    ],
)
def test_a_damaged_file_gives_one_line(tmp_path, content, said):
    path = tmp_path / "decision.json"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=rf"decision\.json is damaged: .*{said}") as error:
        read_json(path, Threshold, CorpusError, "Pack the corpus again.")
    assert str(error.value).endswith("Pack the corpus again.")
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RunError, match=r"none\.json is missing"):
        read_json(tmp_path / "none.json", Threshold)


def test_a_file_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(json_files, "LARGEST", 10)
    (tmp_path / "large.json").write_text('{"threshold": 0.5}')
    with pytest.raises(RunError, match=r"large\.json is damaged: it has more than"):
        read_json(tmp_path / "large.json", Threshold)
