"""A tiny corpus in ASVspoof 5 layout, made on the spot, and a configuration that learns it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile as sf

RATE = 16_000
SAMPLES = RATE // 2
SPLITS = {
    "train": ("ASVspoof5.train.tsv", "flac_T", "T", 40),
    "dev": ("ASVspoof5.dev.track_1.tsv", "flac_D", "D", 24),
    "eval": ("ASVspoof5.eval.track_1.tsv", "flac_E_eval", "E", 24),
}
ATTACKS = ("A01", "A02")
UNEVEN = (3_000, 5_000, 8_000, 11_000, 20_000)
BUCKETS = (4_000, 8_000, 12_000)
"""Lengths of utterances, and the buckets that hold all of them but the longest."""

CONFIG = '''"""A small network on a tiny corpus: seconds, not minutes."""

from pathlib import Path

from spoofjax.config import Checkpoints, Clip, Evaluation, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.features import LogLinear
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNN
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

config = Experiment(
    data=ASVspoof5(root={root!r}),
    front_end=LogLinear(filters=24),
    model=CNN(channels=(8, 16), hidden=16),
    sampling=Balanced(by="attack"),
    loss=BinaryCrossEntropy(),
    optimizer=Adam(learning_rate=3e-3, warm_up=5),
    clip=Clip(train=6_400, evaluate=8_000, short="pad"),
    batch=16,
    steps=40,
    evaluation=Evaluation(every=20, batch=16),
    checkpoints=Checkpoints(every=10),
    log_every=1,
)
'''


def make_corpus(folder: Path, lengths: tuple[int, ...] = (SAMPLES,)) -> Path:
    """Write 88 FLAC files of half a second and their protocols; return the folder.

    With several `lengths`, in samples, each kind of utterance has all of them in turn.

    Bona fide is a buzzing voice over soft noise; each attack puts its own whistle on top. Every
    sample comes from one seed, so two corpora are equal. Speakers differ between splits.
    """
    random = np.random.default_rng(5)
    for protocol, audio, letter, utterances in SPLITS.values():
        (folder / audio).mkdir(parents=True)
        lines = []
        for n in range(utterances):
            attack = ATTACKS[n // 2 % len(ATTACKS)] if n % 2 else None
            name = f"{letter}_{n:010d}"
            samples = lengths[n // 4 % len(lengths)]
            sf.write(folder / audio / f"{name}.flac", utterance(attack, random, samples), RATE)
            key = f"AC1 {attack} spoof" if attack else "- bonafide bonafide"
            lines.append(f"{letter}_{n % 6:04d} {name} F - - - {key} -\n")
        (folder / protocol).write_text("".join(lines))
    return folder


def utterance(attack: str | None, random: np.random.Generator, samples: int) -> np.ndarray:
    """Return float64 (samples,): bona fide speech, or an attack's."""
    time = np.arange(samples) / RATE
    pitch = random.uniform(90, 220)
    voice = sum(
        np.sin(2 * np.pi * pitch * k * time + random.uniform(0, 6)) / k for k in range(1, 9)
    )
    wave = 0.1 * voice + 0.02 * random.standard_normal(samples)
    if attack is not None:
        whistle = {"A01": 3_000, "A02": 5_500}[attack] * random.uniform(0.95, 1.05)
        wave += random.uniform(0.01, 0.04) * np.sin(2 * np.pi * whistle * time)
    return np.clip(wave, -0.99, 0.99)


def write_config(path: Path, corpus: Path, clip: str = "") -> Path:
    """Write a configuration file for such a corpus, with more fields of its clip if given."""
    path.write_text(CONFIG.format(root=str(corpus)).replace('short="pad"', f'short="pad"{clip}'))
    return path
