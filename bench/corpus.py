"""Generate a corpus of a given size for the benchmarks, and keep it for the next run.

    python -m bench.corpus [--train 2000] [--dev 400] [--seconds 2 10] [--folder DIR]

Utterances are noise with the slope, the syllables and the pauses of speech; spoofs carry a faint
whistle. FLAC brings them to about half their size, as it does speech.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np
import soundfile as sf

from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5

RATE = 16_000
SPLITS = {
    "train": ("ASVspoof5.train.tsv", "flac_T", "T"),
    "dev": ("ASVspoof5.dev.track_1.tsv", "flac_D", "D"),
}
ATTACKS = tuple(f"A{n:02d}" for n in range(1, 9))
BONAFIDE_SHARE = 0.1


def utterance(seed: int, seconds: Sequence[float], spoof: bool) -> np.ndarray:
    """Return int16 (samples,): a function of the arguments alone."""
    rng = np.random.default_rng(seed)
    samples = int(rng.uniform(seconds[0], seconds[1]) * RATE)
    spectrum = np.fft.rfft(rng.normal(size=samples))
    hertz = np.fft.rfftfreq(samples, 1 / RATE)
    spectrum /= 1 + (hertz / 500) ** 2
    wave = np.fft.irfft(spectrum, samples)
    time = np.arange(samples) / RATE
    wave *= 0.003 + np.abs(np.sin(2 * np.pi * rng.uniform(1, 2) * time)) ** 2
    wave *= rng.uniform(0.1, 0.5) / np.abs(wave).max()
    if spoof:
        wave += 0.002 * np.sin(2 * np.pi * rng.uniform(2500, 3500) * time)
    return np.round(wave * 32767).astype(np.int16)


def make(folder: Path, sizes: Mapping[str, int], seconds: Sequence[float]) -> Path:
    """Write a corpus in ASVspoof 5 layout, unless it exists already; return its folder."""
    if (folder / "finished").exists():
        return folder
    with ThreadPoolExecutor() as pool:
        for split, (protocol, audio, letter) in SPLITS.items():
            (folder / audio).mkdir(parents=True, exist_ok=True)

            def write(n: int, audio: str = audio, letter: str = letter) -> str:
                spoof = n % round(1 / BONAFIDE_SHARE) != 0
                name = f"{letter}_{n:07d}"
                samples = utterance(hash((letter == "T", n)) % 2**32, seconds, spoof)
                sf.write(folder / audio / f"{name}.flac", samples, RATE)
                attack = ATTACKS[n % len(ATTACKS)] if spoof else "bonafide"
                key = "spoof" if spoof else "bonafide"
                return f"{letter}_{n % 40:04d} {name} F - - - - {attack} {key} -"

            rows = list(pool.map(write, range(sizes[split])))
            (folder / protocol).write_text("\n".join(rows) + "\n")
    (folder / "finished").touch()
    return folder


def corpus(
    train: int, dev: int = 100, seconds: Sequence[float] = (2, 10), given: Path | None = None
) -> Path:
    """Return `given`, or else a corpus of this size in the system's temporary folder."""
    if given is not None:
        return given
    name = f"spoofjax-bench-{train}-{dev}-{seconds[0]:g}-{seconds[1]:g}"
    return make(Path(tempfile.gettempdir()) / name, {"train": train, "dev": dev}, seconds)


def packed(folder: Path, format: str) -> Path:
    """Pack a corpus into a folder beside it, unless that exists already; return the folder."""
    out = folder.with_name(f"{folder.name}-{format}")
    source = ASVspoof5(root=str(folder))
    manifests = {split: source.manifest(split) for split in source.splits()}
    pack(manifests, out, Packing(format=format))  # type: ignore[arg-type]
    return out


def describe(manifest: Manifest, lengths: np.ndarray) -> dict[str, object]:
    """Return the size of a split, which every figure is reported with."""
    counts = manifest.counts()
    return {
        "utterances": counts["utterances"],
        "bona fide": counts["bonafide"],
        "mean seconds": round(float(lengths.mean()) / RATE, 2),
        "hours": round(float(lengths.sum()) / RATE / 3600, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--train", type=int, default=2000, help="utterances")
    parser.add_argument("--dev", type=int, default=400, help="utterances")
    parser.add_argument("--seconds", type=float, nargs=2, default=(2, 10), help="shortest, longest")
    parser.add_argument("--folder", type=Path, help="default: a temporary folder")
    options = parser.parse_args()
    sizes = {"train": options.train, "dev": options.dev}
    if options.folder is None:
        print(corpus(options.train, options.dev, options.seconds))
    else:
        print(make(options.folder, sizes, options.seconds))


if __name__ == "__main__":
    main()
