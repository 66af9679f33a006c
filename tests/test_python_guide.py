"""Every block of docs/python.md runs, in the order of the page."""

import re
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_all_blocks_of_the_guide_run(repository, tiny_corpus, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("corpus").symlink_to(tiny_corpus())
    text = (repository / "docs" / "python.md").read_text()
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 8
    names: dict[str, object] = {}
    for block in blocks:
        line = text[: text.index(block)].count("\n")
        exec(compile("\n" * line + block, "docs/python.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "<Run runs/first: dev EER " in printed
    assert "<Detector runs/first: CNN on LogLinear, not calibrated>" in printed
    assert "labels come first" in printed
    assert printed.count("corpus/flac_D/D_") == 24 + 1
