"""Key files of runs: the labels and columns of a manifest, written and read back."""

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.evaluation.keys import Keys, read_keys
from spoofjax.runs.scores import write_key

IDS = np.array(["E_1", "E_2", "E_3"])


def test_a_key_holds_every_column_that_has_values(tmp_path):
    manifest = Manifest.of(
        "own",
        IDS,
        np.array([1, 0, 0]),
        Files.under("", IDS),
        attack=Column.of(["-", "A01", "A02"]),
        speaker=Column.of(["s1", "s2", "-"]),
        gender=Column.of(["F", "M", "F"]),
        source=Column.of(["web", "web", "studio"]),
        room=Column.of(["-", "large", "small"]),
    )
    path = tmp_path / "own.eval.key.tsv"
    write_key(path, Keys.of(manifest))
    header, first, *_ = path.read_text().splitlines()
    assert header.split("\t") == [
        "filename", "cm-label", "attack", "gender", "spk", "source", "room", "corpus",
    ]  # fmt: skip
    assert first.split("\t") == ["E_1", "bonafide", "-", "F", "s1", "web", "-", "own"]
    keys = read_keys(path)
    assert keys.ids.tolist() == IDS.tolist()
    assert keys.label.tolist() == [1, 0, 0]
    for name, column in keys.columns.items():
        assert column.values() == manifest.column(name).values()
    assert "codec" not in keys.columns
