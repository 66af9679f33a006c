"""Corpora whose classes differ by nothing, or by one cue that has nothing to do with synthesis."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest

RATE = 16_000
PAIRS = 40


def voice(random: np.random.Generator) -> np.ndarray:
    """Return a sawtooth between silences, of a random length and level, over soft noise."""
    before, spoken, after = random.uniform((0.05, 0.4, 0.05), (0.2, 0.7, 0.2))
    time = np.arange(int(spoken * RATE)) / RATE
    pitch = random.uniform(90, 220)
    speech = 2 * (pitch * time % 1) - 1
    wave = np.concatenate([np.zeros(int(before * RATE)), speech, np.zeros(int(after * RATE))])
    wave = random.uniform(0.05, 0.1) * wave
    return wave + 10 ** random.uniform(-3.5, -3) * random.standard_normal(len(wave))


@pytest.fixture
def manifest_of(tmp_path) -> Callable[..., Manifest]:
    """Writes bona fide utterances and spoofs made by `change` of others, or of the same ones."""

    def make(change: Callable[[np.ndarray], np.ndarray], are_copies: bool = False) -> Manifest:
        random = np.random.default_rng(3)
        bonafide = [voice(random) for _ in range(PAIRS)]
        originals = bonafide if are_copies else [voice(random) for _ in range(PAIRS)]
        ids = [f"bonafide{n}" for n in range(PAIRS)] + [f"spoof{n}" for n in range(PAIRS)]
        for name, wave in zip(ids, [*bonafide, *map(change, originals)], strict=True):
            soundfile.write(tmp_path / f"{name}.wav", wave, RATE, subtype="FLOAT")
        return _manifest(tmp_path, ids, are_copies)

    return make


def _manifest(folder: Path, ids: list[str], are_copies: bool) -> Manifest:
    columns = {"speaker": Column.of([f"speaker{n % 25}" for n in range(len(ids))])}
    if are_copies:
        columns["parent"] = Column.of(["-"] * PAIRS + ids[:PAIRS])
    label, names = np.repeat([1, 0], PAIRS), np.array(ids)
    return Manifest.of(
        "synthetic", names, label, Files.under(str(folder), names, ".wav"), **columns
    )
