"""What a run was trained on: one fingerprint for each utterance of its splits.

They tell whether a run is resumed or evaluated on the corpus that it was started on, wherever that
corpus lies now. Train decides the steps; dev decides which checkpoint is the best and when to stop.
Eval decides nothing, so it may change when a run is resumed.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spoofjax.corpora.manifest import COLUMNS, Manifest
from spoofjax.errors import RunError
from spoofjax.files import replacement

DECISIVE = ("train", "dev")
"""The splits that a run needs unchanged to be resumed."""


def fingerprints(manifest: Manifest) -> np.ndarray:
    """Return uint32 (utterances,): a checksum of everything known of an utterance but its path.

    That is its id, label, columns and, where the manifest has it, its length. The audio itself is
    not read.
    """
    fields = [manifest.ids.tolist(), map(str, manifest.label.tolist())]
    fields += [manifest.column(name).values() for name in COLUMNS]
    if manifest.samples is not None:
        fields.append(map(str, manifest.samples.tolist()))
    rows = ("\t".join(row).encode() for row in zip(*fields, strict=True))
    return np.fromiter(map(zlib.crc32, rows), np.uint32, len(manifest))


def digest(manifest: Manifest) -> str:
    """Return 16 hexadecimal digits that stand for the fingerprints of a whole split."""
    return hashlib.sha256(fingerprints(manifest).tobytes()).hexdigest()[:16]


def write_training_data(path: Path, manifests: Mapping[str, Manifest]) -> None:
    """Write the fingerprints of every split."""
    arrays = {split: fingerprints(manifest) for split, manifest in manifests.items()}
    with replacement(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read_training_data(path: Path) -> dict[str, np.ndarray]:
    """Return the fingerprints by split; none without the file. Raises RunError if it is damaged."""
    if not path.is_file():
        return {}
    try:
        with np.load(path, allow_pickle=False) as file:
            return {split: file[split] for split in file.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise RunError(f"{path} is damaged: {error}.") from error


def check_training_data(path: Path, manifests: Mapping[str, Manifest]) -> None:
    """Raise RunError, naming the first difference, unless train and dev are those recorded."""
    recorded = read_training_data(path)
    for split in DECISIVE:
        if split not in recorded:
            raise RunError(f"{path} is damaged: it has no fingerprints of {split}.")
        difference = _difference(recorded[split], manifests[split])
        if difference:
            raise RunError(
                f"{path.parent} was started on another corpus: {split} {difference}. Resume with "
                "the corpus as it was, or choose another --out."
            )


def _difference(recorded: np.ndarray, manifest: Manifest) -> str:
    """Return in words how a manifest differs from the recorded one; '' if it does not."""
    now = fingerprints(manifest)
    shared = min(len(recorded), len(now))
    different = np.flatnonzero(recorded[:shared] != now[:shared])
    if len(recorded) == len(now):
        if not len(different):
            return ""
        rows = f"has {len(now):,} utterances as before, but {len(different):,} of them differ"
    else:
        rows = f"has {len(now):,} utterances instead of {len(recorded):,}"
    if len(different):
        return f"{rows}, the first being {manifest.ids[different[0]]} (row {different[0] + 1})"
    if len(now) > shared:
        return f"{rows}, the first new one being {manifest.ids[shared]} (row {shared + 1})"
    return f"{rows}: all after {manifest.ids[-1]} (row {shared}) are missing"
