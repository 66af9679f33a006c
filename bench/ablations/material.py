"""What rows need beside the corpus: copies, coded spoofs, noise and rooms, each made once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile as sf

from spoofjax.audio.augmentation import Transmission
from spoofjax.corpora.manifest import SPOOF
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5

RATE = 16_000


def copies(root: Path, folder: Path) -> None:
    """Pass each bona fide utterance of train through one of the attacks by signal processing."""
    attacks = ("griffin_lim", "linear_prediction", "mel_cepstral", "sinusoidal", "spectral_warp")
    command = [sys.executable, "-m", "spoofjax.cli", "synthesize", str(root), "--out", str(folder)]
    subprocess.run([*command, "--each", "1", "--attacks", *attacks], check=True)


def coded(root: Path, folder: Path) -> None:
    """Copy the corpus, with three of ten spoofs of train through a codec."""
    shutil.copytree(root, folder)
    manifest = ASVspoof5(root=str(folder), language="-").manifest("train")
    transmission = Transmission(probability=0.3)
    for row in np.flatnonzero(manifest.label == SPOOF).tolist():
        path = manifest.path(row)
        samples, rate = sf.read(path, dtype="float32")
        seed = np.array([row], np.uint64)
        sf.write(path, transmission(samples[None], seed, rate)[0], rate, subtype="PCM_16")


def noise(root: Path, folder: Path) -> None:
    """Write twenty recordings of ten seconds: coloured noise whose level wanders."""
    folder.mkdir(parents=True)
    for number in range(20):
        rng = np.random.default_rng(number)
        spectrum = np.fft.rfft(rng.normal(size=10 * RATE))
        spectrum[1:] *= np.arange(1, len(spectrum)) ** rng.uniform(-1.0, 0.0)
        sound = np.fft.irfft(spectrum)
        level = np.interp(np.arange(len(sound)), np.arange(0, 11) * RATE, rng.uniform(0.1, 1, 11))
        _write(folder / f"{number}.wav", sound * level)


def rooms(root: Path, folder: Path) -> None:
    """Write twenty responses of rooms: noise that decays by 60 dB in 0.1 to 0.8 s."""
    folder.mkdir(parents=True)
    for number in range(20):
        rng = np.random.default_rng(number)
        seconds = rng.uniform(0.1, 0.8)
        time = np.arange(int(seconds * RATE)) / RATE
        response = 0.2 * rng.normal(size=len(time)) * 10 ** (-3 * time / seconds)
        response[0] = 1.0
        _write(folder / f"{number}.wav", response)


MATERIAL: dict[str, Callable[[Path, Path], None]] = {
    "copies": copies,
    "coded": coded,
    "noise": noise,
    "rooms": rooms,
}


def prepared(name: str, root: Path, out: Path) -> str:
    """Return the folder of a material, which is made unless it is finished already."""
    folder = out / "material" / name
    if not folder.exists():
        unfinished = folder.with_name(f"{name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        MATERIAL[name](root, unfinished)
        unfinished.rename(folder)
    return str(folder)


def _write(path: Path, sound: np.ndarray) -> None:
    sf.write(path, (0.5 * sound / np.abs(sound).max()).astype(np.float32), RATE)
