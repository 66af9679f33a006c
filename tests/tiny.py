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

CONFIG = '''"""A small network on a tiny corpus: seconds, not minutes."""

from pathlib import Path

from spoofjax.config import Checkpoints, Clip, Evaluation, Experiment
from spoofjax.corpora.asvspoof5 import ASVspoof5
from spoofjax.features import LogLinear
from spoofjax.loading.sampling import Balanced
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam
{imports}

config = Experiment(
    data=ASVspoof5(root={root!r}),
    front_end=LogLinear(filters=24),
    model={model},
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

MODEL = '''
from dataclasses import dataclass
from typing import Any, NamedTuple

from spoofjax.config import Model


class Said(NamedTuple):
    score: Any


@dataclass(frozen=True)
class Tiny(Model):
    """One convolution with batch norm and dropout, then the mean over time."""

    channels: int = 8
    dropout: float = 0.2

    def build(self, coefficients, rngs):
        import jax
        import jax.numpy as jnp
        from flax import nnx

        class Standardize(nnx.Module):
            def __init__(self):
                self.mean = nnx.Variable(jnp.zeros(coefficients))
                self.deviation = nnx.Variable(jnp.ones(coefficients))

            def set(self, mean, deviation):
                self.mean[...] = jnp.asarray(mean)
                self.deviation[...] = jnp.asarray(deviation)

        class Network(nnx.Module):
            def __init__(self, channels, dropout):
                self.standardize = Standardize()
                self.convolution = nnx.Conv(
                    coefficients, channels, (5,), strides=2, use_bias=False, rngs=rngs
                )
                self.norm = nnx.BatchNorm(channels, rngs=rngs)
                self.head = nnx.Linear(channels, 1, rngs=rngs)
                self.dropout = dropout

            def __call__(self, features, lengths, *, train=False, key=None):
                x = (features - self.standardize.mean[...]) / self.standardize.deviation[...]
                x = self.norm(self.convolution(x), use_running_average=not train)
                x = jax.nn.relu(x).mean(1)
                if train:
                    kept = jax.random.bernoulli(key, 1 - self.dropout, x.shape)
                    x = jnp.where(kept, x / (1 - self.dropout), 0.0)
                return Said(self.head(x)[:, 0])

        return Network(self.channels, self.dropout)
'''


def make_corpus(folder: Path) -> Path:
    """Write 88 FLAC files of half a second and their protocols; return the folder.

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
            sf.write(folder / audio / f"{name}.flac", utterance(attack, random), RATE)
            key = f"AC1 {attack} spoof" if attack else "- bonafide bonafide"
            lines.append(f"{letter}_{n % 6:04d} {name} F - - - {key} -\n")
        (folder / protocol).write_text("".join(lines))
    return folder


def utterance(attack: str | None, random: np.random.Generator) -> np.ndarray:
    """Return half a second of float64 samples, bona fide or by an attack."""
    time = np.arange(SAMPLES) / RATE
    pitch = random.uniform(90, 220)
    voice = sum(
        np.sin(2 * np.pi * pitch * k * time + random.uniform(0, 6)) / k for k in range(1, 9)
    )
    samples = 0.1 * voice + 0.02 * random.standard_normal(SAMPLES)
    if attack is not None:
        whistle = {"A01": 3_000, "A02": 5_500}[attack] * random.uniform(0.95, 1.05)
        samples += random.uniform(0.01, 0.04) * np.sin(2 * np.pi * whistle * time)
    return np.clip(samples, -0.99, 0.99)


def write_config(path: Path, corpus: Path, model: str = "Tiny()") -> Path:
    """Write a configuration file for such a corpus; return its path."""
    path.write_text(CONFIG.format(imports=MODEL, root=str(corpus), model=model))
    return path
