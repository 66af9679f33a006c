"""All cells of docs/detector.ipynb run, in their order and in one process."""

import json

import pytest


@pytest.fixture(scope="module")
def cells(repository):
    return json.loads((repository / "docs" / "detector.ipynb").read_text())["cells"]


def test_the_notebook_is_stored_without_outputs(cells):
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 5
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
def test_all_cells_of_the_notebook_run(cells, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    printed = capsys.readouterr().out
    assert "train 700 utterances" in printed
    assert "looks spoofed" in printed
    assert (tmp_path / "detector" / "model.stablehlo").is_file()
    assert repr(names["detector"]) == "<Detector runs/notebook: CNN on LFCC, calibrated>"
