"""The history of a run as files that TensorBoard reads."""

import importlib.util
import struct
from pathlib import Path

import pytest

from spoofjax.errors import ConfigError
from spoofjax.report.tensorboard import TensorBoard, check_installed


def scalars(folder: Path) -> list[tuple[int, str, float]]:
    """Step, name and value of all scalars in the event files of a folder, in their order."""
    proto = pytest.importorskip("tensorboardX.proto.event_pb2")
    values = []
    for path in sorted(folder.iterdir()):
        data, start = path.read_bytes(), 0
        while start < len(data):
            (size,) = struct.unpack_from("<Q", data, start)
            event = proto.Event.FromString(data[start + 12 : start + 12 + size])
            values += [(event.step, v.tag, v.simple_value) for v in event.summary.value]
            start += 12 + size + 4
    return values


def test_the_numbers_of_each_line_are_scalars(tmp_path):
    pytest.importorskip("tensorboardX")
    board = TensorBoard(tmp_path / "tensorboard", 0)
    board.add({"step": 10, "seconds": 1.5, "loss": 0.25})
    board.add({"step": 20, "dev.eer": 0.125, "best": True, "collapse": [], "unread": 0})
    board.finish()
    board.close()
    assert scalars(tmp_path / "tensorboard") == [
        (10, "seconds", 1.5),
        (10, "loss", 0.25),
        (20, "dev/eer", 0.125),
        (20, "unread", 0.0),
    ]


def test_nothing_is_made_before_the_first_line(tmp_path):
    TensorBoard(tmp_path / "tensorboard", 0).close()
    assert not (tmp_path / "tensorboard").exists()


def test_a_missing_package_is_told_with_its_extra(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'spoofjax\[tensorboard\]'"):
        check_installed()
