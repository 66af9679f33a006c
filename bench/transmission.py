"""How often is bona fide speech called spoof after each codec, and how often as it is?

    python -m bench.transmission --root /corpora/mini5 --split dev eval RUN [RUN ...] [--json FILE]

Takes the bona fide utterances whose protocol names no codec, codes each by every codec that is
installed, and judges the original and the copies at the threshold of each run. Both rates are of
the same utterances. The interval of their difference is a bootstrap over utterances.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import soundfile as sf

from spoofjax.audio.augmentation import Transmission
from spoofjax.audio.codecs.table import CODECS
from spoofjax.corpora.manifest import BONAFIDE
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.deployment.detector import Detector

RATE = 16_000
BATCH = 32
RESAMPLES = 2000
AS_IT_IS = "as it is"


def main() -> None:
    """Print a table for all runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--root", required=True, help="a corpus in ASVspoof 5 layout")
    parser.add_argument("--split", nargs="+", default=["dev", "eval"])
    parser.add_argument("--codecs", nargs="+", choices=CODECS, help="default: all installed ones")
    parser.add_argument("--json", type=Path, help="where to write the numbers")
    options = parser.parse_args()
    codecs = options.codecs or [name for name, codec in CODECS.items() if not codec.missing()]
    speech = [sound for split in options.split for sound in _uncoded(options.root, split)]
    versions = {AS_IT_IS: speech, **{name: _coded(speech, name) for name in codecs}}
    results = {}
    for run in options.runs:
        detector = Detector.load(run)
        threshold = detector.decision["threshold"]
        is_spoof = {
            name: _scores(detector, sounds) < threshold for name, sounds in versions.items()
        }
        results[run.name] = {name: _rate(calls, is_spoof) for name, calls in is_spoof.items()}
        print(_table(run.name, len(speech), results[run.name]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def _uncoded(root: str, split: str) -> list[np.ndarray]:
    """Return the bona fide utterances of a split that no codec has changed, float32 each."""
    manifest = ASVspoof5(root=root, language="-").manifest(split)
    rows = (manifest.label == BONAFIDE) & (manifest.codes("codec") < 0)
    return [_read(manifest.path(row)) for row in np.flatnonzero(rows).tolist()]


def _read(path: str) -> np.ndarray:
    samples, rate = sf.read(path, dtype="float32")
    assert rate == RATE, path
    return samples


def _coded(speech: list[np.ndarray], codec: str) -> list[np.ndarray]:
    """Return the utterances after a codec, each at one of its bit rates."""
    transmission = Transmission(codecs=(codec,))
    seeds = np.arange(len(speech), dtype=np.uint64)[:, None]
    return [
        transmission(sound[None], seed, RATE)[0] for sound, seed in zip(speech, seeds, strict=True)
    ]


def _scores(detector: Detector, speech: list[np.ndarray]) -> np.ndarray:
    """Return float64 (utterances,): the scores of clips as evaluation makes them."""
    samples = detector.experiment.clip.evaluate
    clips = [detector.prepare(sound, samples) for sound in speech]
    sounds = np.stack([clip for clip, _ in clips])
    lengths = np.array([length for _, length in clips], np.int32)
    parts = [slice(start, start + BATCH) for start in range(0, len(clips), BATCH)]
    return np.concatenate([detector.score(sounds[part], lengths[part]) for part in parts])


def _rate(calls: np.ndarray, is_spoof: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the share called spoof in percent, and its excess over the originals' share."""
    excess = 100 * (calls.astype(float) - is_spoof[AS_IT_IS])
    draws = np.random.default_rng(0).integers(len(excess), size=(RESAMPLES, len(excess)))
    low, high = np.percentile(excess[draws].mean(1), (2.5, 97.5))
    return {
        "called_spoof": 100 * float(calls.mean()),
        "excess": float(excess.mean()),
        "low": float(low),
        "high": float(high),
    }


def _table(name: str, count: int, rates: dict[str, dict[str, float]]) -> str:
    lines = [f"{name}: {count} bona fide utterances called spoof, %"]
    for codec, rate in rates.items():
        line = f"  {codec:10} {rate['called_spoof']:5.1f}"
        if codec != AS_IT_IS:
            line += f"   {rate['excess']:+5.1f} [{rate['low']:+.1f}, {rate['high']:+.1f}]"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
