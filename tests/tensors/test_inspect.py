"""`spoofjax inspect` lists tensors with type, shape and bytes."""

import json

import numpy as np
import pytest
import torch_bytes as torch

from spoofjax.cli import main
from spoofjax.runs.weights import save_weights

ARRAYS = {"fc.weight": np.zeros((2, 3), np.float32), "steps": np.array(7)}


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "model.pth"
    path.write_bytes(torch.in_both_formats(ARRAYS)["archive"])
    return path


def test_a_table_with_a_line_for_each_tensor(checkpoint, capsys):
    assert main(["inspect", str(checkpoint)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "tensor     type     shape   bytes",
        "fc.weight  float32  2 x 3      24",
        "steps      int64    scalar      8",
        "2 tensors, 7 elements, 32 bytes",
    ]


def test_one_json_object(checkpoint, capsys):
    assert main(["inspect", str(checkpoint), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["count"] == 2
    assert facts["bytes"] == 32
    first = {"name": "fc.weight", "dtype": "float32", "shape": [2, 3], "elements": 6, "bytes": 24}
    assert facts["tensors"][0] == first


def test_the_weights_of_a_run_or_an_export(tmp_path, capsys):
    save_weights(tmp_path, {"head/bias": np.zeros(1, np.float32)}, {"mean": np.zeros(60)})
    assert main(["inspect", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert "params/head/bias" in output
    assert "2 tensors, 61 elements, 484 bytes" in output


def test_a_hostile_file_is_one_line(tmp_path, capsys):
    path = tmp_path / "evil.pt"
    call = torch.call(torch.name("os", "system"), torch.text("true"))
    path.write_bytes(torch.archive(call, {}))
    assert main(["inspect", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {path} cannot be read: it asks for os.system")
