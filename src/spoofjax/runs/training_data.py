"""What a run was trained on: one fingerprint for each utterance of its splits.

They tell whether a run is resumed or evaluated on the corpus that it was started on, wherever that
corpus lies now. Train decides the steps; dev decides which checkpoint is the best and when to stop.
Eval decides nothing, so it may change when a run is resumed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.manifest import COLUMNS, Manifest
from spoofjax.errors import RunError
from spoofjax.files import replacement

DECISIVE = ("train", "dev")
"""The splits that a run needs unchanged to be resumed."""
FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""An odd factor, 2**64 over the golden ratio, which spreads the bits of a field."""


def fingerprints(manifest: Manifest) -> np.ndarray:
    """Return uint64 (utterances,): a checksum of the id, label and columns of each utterance.

    Path and length are left out, because they differ between a corpus and its packed copy: only
    the manifest of packed audio has lengths. The audio itself is not read.
    """
    return _combined(_fields(manifest))


def are_recorded(recorded: np.ndarray, manifest: Manifest) -> bool:
    """Whether the recorded fingerprints, uint64 (utterances,), are those of a manifest."""
    return not len(_different(recorded, manifest)) and len(recorded) == len(manifest)


def _different(recorded: np.ndarray, manifest: Manifest) -> np.ndarray:
    """Return the rows, int64 (rows,), that both have but whose fingerprints differ."""
    shared = min(len(recorded), len(manifest))
    closest = np.arange(shared)
    for version in _versions(manifest):
        rows = np.flatnonzero(recorded[:shared] != version[:shared])
        if not len(rows):
            return rows
        closest = min(closest, rows, key=len)
    return closest


def _versions(manifest: Manifest) -> Iterator[np.ndarray]:
    """Yield the fingerprints of this version and of older ones, uint64 (utterances,)."""
    yield fingerprints(manifest)
    if manifest.samples is not None:
        # Older versions included the lengths of packed audio.
        yield _combined([*_fields(manifest), manifest.samples])
    if manifest.names("language"):
        # Older versions took corpora in the layout of ASVspoof 5 for English, or for nothing.
        for language in ("-", "en"):
            columns = {**manifest.columns, "language": Column.constant(language, len(manifest))}
            yield _combined(_fields(dataclasses.replace(manifest, columns=columns)))


def _fields(manifest: Manifest) -> list[np.ndarray]:
    # Column by column, so that the million rows of a large corpus take less than a second.
    fields = [_checksums(manifest.ids.tolist()), manifest.label]
    for name in COLUMNS:
        column = manifest.column(name)
        # A code of -1 stands for no value, and picks the last checksum.
        fields.append(_checksums([*column.names, ""])[column.codes])
    return fields


def _combined(fields: Sequence[np.ndarray]) -> np.ndarray:
    """Return one checksum of several integer fields (utterances,), uint64 (utterances,)."""
    total = np.zeros(len(fields[0]), np.uint64)
    for field in fields:
        total = (total ^ field.astype(np.uint64)) * FACTOR
        total ^= total >> np.uint64(32)
    return total


def _checksums(texts: Sequence[str]) -> np.ndarray:
    return np.fromiter((zlib.crc32(text.encode()) for text in texts), np.uint64, len(texts))


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
    if are_recorded(recorded, manifest):
        return ""
    different, number = _different(recorded, manifest), len(manifest)
    shared = min(len(recorded), number)
    if len(recorded) == number:
        rows = f"has {number:,} utterances as before, but {len(different):,} of them differ"
    else:
        rows = f"has {number:,} utterances instead of {len(recorded):,}"
    if len(different):
        return f"{rows}, the first being {manifest.ids[different[0]]} (row {different[0] + 1})"
    if number > shared:
        return f"{rows}, the first new one being {manifest.ids[shared]} (row {shared + 1})"
    return f"{rows}: all after {manifest.ids[-1]} (row {shared}) are missing"
