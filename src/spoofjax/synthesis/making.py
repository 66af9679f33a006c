"""Making the copies of one utterance: read it, attack it, write FLAC files."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.config import Attack
from spoofjax.corpora.packing.part_files import beside
from spoofjax.errors import AudioError
from spoofjax.files import sha256_of, write_synced
from spoofjax.loading.sources import Source
from spoofjax.synthesis.attack import RATE
from spoofjax.synthesis.parents import Copy, Parent

LONGEST_SECONDS = 600
"""Attacks work on whole utterances, and the spectra of ten minutes take hundreds of megabytes."""


class Made(NamedTuple):
    """What became of one parent."""

    sha256: tuple[str, ...]
    """The hash of each copy's file, in the order of `Parent.copies`; () where it is unreadable."""
    written: int
    """Files written now; the others were there before."""
    problem: str = ""
    """Why the parent cannot be used."""


def make_copies(
    parent: Parent, source: Source, attacks: Mapping[str, Attack], folder: Path
) -> Made:
    """Write those copies of a parent that a folder lacks.

    Files appear in one step, so that a file that exists is complete.
    """
    paths = [folder / f"{copy.id}.flac" for copy in parent.copies]
    missing = [path for path in paths if not path.exists()]
    hashes = {}
    if missing:
        try:
            samples = _read(parent, source)
            for copy, path in zip(parent.copies, paths, strict=True):
                if path in missing:
                    data = _flac(_copy(samples, copy, attacks))
                    write_synced(path, data, beside(path))
                    hashes[path] = hashlib.sha256(data).hexdigest()
        except AudioError as error:
            return Made((), len(hashes), str(error))
    digests = tuple(hashes[path] if path in hashes else sha256_of(path) for path in paths)
    return Made(digests, len(missing))


def _read(parent: Parent, source: Source) -> np.ndarray:
    """Return the samples of a parent. Raises AudioError where no copy can be made of them."""
    length = source.length(parent.row)
    if length > LONGEST_SECONDS * RATE:
        raise AudioError(
            f"{parent.key} has {length / RATE:.0f} s, and copies are made of {LONGEST_SECONDS} s "
            "at most: cut it into utterances."
        )
    samples = np.empty(length, np.float32)
    samples = samples[: source.read(parent.row, None, samples)]
    if np.ptp(samples) == 0:
        raise AudioError(f"{parent.key} is silent: a copy would be nothing but silence.")
    return samples


def _copy(samples: np.ndarray, copy: Copy, attacks: Mapping[str, Attack]) -> np.ndarray:
    if copy.seed is None:
        return samples
    made = attacks[copy.tag](samples, np.random.default_rng(copy.seed))
    peak = float(np.abs(made).max())
    # A copy has the level of its parent, but may have higher peaks.
    return made if peak < 1 else made * np.float32(0.999 / peak)


def _flac(samples: np.ndarray) -> bytes:
    """Return a 16-bit FLAC file; parents and copies are written alike, so that this is no cue."""
    import soundfile

    integers = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767).astype(np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, integers, RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()
