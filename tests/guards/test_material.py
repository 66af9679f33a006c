"""Which utterances a guard compares: copies with their parents, other spoofs with bona fide."""

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.guards.material import materials_of


def test_copies_and_other_spoofs_of_a_split_are_compared_apart():
    kinds = [*["bonafide"] * 30, *["copy"] * 60, *["spoof"] * 25]
    ids = np.array([f"{kind}{n}" for n, kind in enumerate(kinds)])
    parents = ["-"] * 30 + [f"bonafide{n % 30}" for n in range(60)] + ["-"] * 25
    label = np.array([int(kind == "bonafide") for kind in kinds])
    files = Files.under("corpus", ids, ".wav")
    manifest = Manifest.of("own", ids, label, files, parent=Column.of(parents))

    copies, others = materials_of(manifest)
    assert copies.names == ("their parents", "copies")
    assert copies.manifest.ids[:30].tolist() == ids[:30].tolist()
    assert copies.manifest.column("parent").values()[30:] == ids[:30].tolist()
    assert copies.groups[:30].tolist() == copies.groups[30:].tolist()
    assert others.grouping == "utterances"
    assert {name.rstrip("0123456789") for name in others.manifest.ids} == {"bonafide", "spoof"}
