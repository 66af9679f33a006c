"""PartialSpoof: utterances of ASVspoof 2019 LA of which segments are spoofed, with segment labels.

Format: the release (Zenodo 5766198) and its code (nii-yamagishilab/PartialSpoof).
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.layouts import ASVSPOOF2019_LA, KEYS
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.rows import Rows, check_agreement, labels_of
from spoofjax.corpora.segments import Segments
from spoofjax.corpora.text import and_more
from spoofjax.errors import CorpusError


@dataclass(frozen=True)
class PartialSpoof(Reader):
    """database/<split>/con_wav, LA-style protocols, and segment_labels/<split>_seglab_<step>.npy.

    The manifest's `segments` hold one label for each `step` seconds. An utterance is spoof if any
    of its segments is.
    """

    step: Literal["0.01", "0.02", "0.04", "0.08", "0.16", "0.32", "0.64"] = "0.16"
    """Seconds per segment label, as in the names of the published files."""
    name: str = "partialspoof"

    def protocol(self, split: str) -> Path | None:
        folder = "protocols/PartialSpoof_LA_cm_protocols"
        return self.find([f"PartialSpoof.LA.cm.{split}.trl.txt"], [folder, f"database/{folder}"])

    def expected(self, split: str) -> str:
        return (
            f"protocols/PartialSpoof_LA_cm_protocols/PartialSpoof.LA.cm.{split}.trl.txt, "
            f"{split}/con_wav and segment_labels/{split}_seglab_{self.step}.npy"
        )

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_fields(source, {5: ASVSPOOF2019_LA}, problems)
        label = labels_of(rows, "key", KEYS, problems)
        ids = rows.text("id")
        database = source.parent.parent.parent
        table = database / "segment_labels" / f"{split}_seglab_{self.step}.npy"
        segments = _aligned(rows, ids, label, table, float(self.step), problems)
        return self.checked_manifest(
            rows,
            ids,
            label,
            Files.under(str(database / split / "con_wav"), ids, ".wav"),
            problems,
            segments=segments,
            attack=check_agreement(rows, label, rows.get("attack"), problems),
            speaker=rows.get("speaker"),
            language="en",
        )


def _aligned(
    rows: Rows, ids: np.ndarray, label: np.ndarray, table: Path, step: float, problems: Problems
) -> Segments:
    """Return segment labels in the order of the protocol; report missing and contradictory ones."""
    labels_of_id = read_segment_labels(table)
    nothing = np.zeros(0, np.int8)
    parts = [labels_of_id.get(id_, nothing) for id_ in ids.tolist()]
    without = [row for row, part in enumerate(parts) if not len(part)]
    if without:
        problems.add(
            "key-mismatch",
            rows.path,
            f"{ids[without[0]]} has no segment labels in {table.name}"
            f"{and_more(len(without), 'utterances')}.",
            "Protocol and segment labels must come from the same release.",
            line=int(rows.lines[without[0]]),
            count=len(without),
        )
    wrong = [
        row
        for row, part in enumerate(parts)
        if len(part) and label[row] >= 0 and bool(part.all()) != bool(label[row])
    ]
    if wrong:
        word = "bona fide" if label[wrong[0]] else "spoof"
        problems.add(
            "polarity",
            rows.path,
            f"{ids[wrong[0]]} is {word} but its segment labels contradict that"
            f"{and_more(len(wrong), 'utterances')}.",
            "In segment labels 1 is bona fide and 0 spoof: are they reversed?",
            line=int(rows.lines[wrong[0]]),
            count=len(wrong),
        )
    return Segments.of(step, parts)


def read_segment_labels(path: str | Path) -> dict[str, np.ndarray]:
    """Read a published <split>_seglab_<step>.npy: utterance -> int8 labels, 1 bona fide, 0 spoof.

    The file is a pickled dictionary of arrays of '0' and '1'. Only arrays, strings and dictionaries
    are unpickled; anything else in the file is refused and never executed. Raises CorpusError where
    the file is missing, is another kind of file or has other labels.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            read = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            if read(file)[2] != np.dtype(object):
                raise ValueError("not a dictionary")
            table = _ArraysOnly(file).load().item()
        labels = {str(id_): _labels(values) for id_, values in table.items()}
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, AttributeError, EOFError, pickle.UnpicklingError) as error:
        raise CorpusError(
            f"{path} is not a table of segment labels ({error}). Expected the released "
            "segment_labels/<split>_seglab_<step>.npy: a dictionary of utterance -> '0' and '1'."
        ) from error
    return labels


def _labels(values: np.ndarray) -> np.ndarray:
    words = np.asarray(values).astype(np.str_)
    others = sorted(set(words.tolist()) - {"0", "1"})
    if others:
        raise ValueError(f"a label {others[0]!r}")
    return (words == "1").astype(np.int8)


class _ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and plain values, and nothing that could run code."""

    ALLOWED = frozenset(
        (f"numpy.{core}.multiarray", name)
        for core in ("core", "_core")
        for name in ("_reconstruct", "scalar")
    ) | {("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}

    def find_class(self, module: str, name: str):
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is not part of an array")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)
