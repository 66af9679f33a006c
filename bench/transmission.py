"""How often is speech mistaken after each codec, and how often as it is?

    python -m bench.transmission --root /corpora/mini5 RUN [RUN ...] [--json FILE]

Takes the utterances of eval whose protocol names no codec, codes each by every codec that is
installed, and judges originals and copies at two thresholds: that of the run, and one for the codec
(`spoofjax calibrate RUN --on CODED --rejected SHARE`), at which as many of dev's bona fide
utterances are rejected through the codec as without it. All these rates are of the same utterances.
The utterances of eval that the corpus itself has coded are others: they are judged as they are, at
the run's threshold. Intervals of differences are bootstraps over utterances.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile as sf

from spoofjax.audio.augmentation import Transmission
from spoofjax.audio.codecs.table import CODECS
from spoofjax.corpora.manifest import BONAFIDE
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.deployment.detector import Detector
from spoofjax.processor import available_cores

RATE = 16_000
BATCH = 32
RESAMPLES = 2000
AS_IT_IS = "as it is"


class Part(NamedTuple):
    """The utterances of a split that no codec has changed, or the others."""

    sounds: list[np.ndarray]
    """float32 (samples,) each."""
    is_bonafide: np.ndarray
    """bool (utterances,)."""
    codec: np.ndarray
    """str (utterances,)."""


class Scores(NamedTuple):
    """Scores of dev and eval after one codec, float64 (utterances,) each."""

    dev: np.ndarray
    judged: np.ndarray


def main() -> None:
    """Print a table for all runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--root", required=True, help="a corpus in ASVspoof 5 layout")
    parser.add_argument("--codecs", nargs="+", choices=CODECS, help="default: all installed ones")
    parser.add_argument("--json", type=Path, help="where to write the numbers")
    options = parser.parse_args()
    codecs = options.codecs or [name for name, codec in CODECS.items() if not codec.missing()]
    dev, judged = (_part(options.root, split, is_coded=False) for split in ("dev", "eval"))
    by_corpus = _part(options.root, "eval", is_coded=True)
    detectors = {run.name: Detector.load(run) for run in options.runs}
    scores: dict[str, dict[str, Scores]] = {name: {} for name in detectors}
    for codec in (AS_IT_IS, *codecs):
        coded = [_coded(split.sounds, codec) for split in (dev, judged)]
        for name, detector in detectors.items():
            scores[name][codec] = Scores(*(_scores(detector, sounds) for sounds in coded))
    results = {}
    for name, detector in detectors.items():
        threshold = detector.decision["threshold"]
        original = scores[name][AS_IT_IS]
        results[name] = {
            codec: _rates(copies, original, threshold, dev.is_bonafide, judged.is_bonafide)
            for codec, copies in scores[name].items()
        }
        print(_table(name, judged.is_bonafide, results[name]), flush=True)
        if by_corpus.is_bonafide.any() and not by_corpus.is_bonafide.all():
            calls = _scores(detector, by_corpus.sounds) >= threshold
            before = original.judged[judged.is_bonafide] < threshold
            results[name]["coded by the corpus"] = own = _own_rates(by_corpus, calls, before)
            print(_own_table(own), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def _part(root: str, split: str, *, is_coded: bool) -> Part:
    manifest = ASVspoof5(root=root, language="-").manifest(split)
    codes = manifest.codes("codec")
    rows = np.flatnonzero((codes >= 0) == is_coded)
    sounds = [_read(manifest.path(row)) for row in rows.tolist()]
    names = np.array([*manifest.names("codec"), "-"])[codes[rows]]
    return Part(sounds, manifest.label[rows] == BONAFIDE, names)


def _read(path: str) -> np.ndarray:
    samples, rate = sf.read(path, dtype="float32")
    assert rate == RATE, path
    return samples


def _coded(sounds: list[np.ndarray], codec: str) -> list[np.ndarray]:
    """Return the utterances after a codec, each at one of its bit rates."""
    if codec == AS_IT_IS:
        return sounds
    transmission = Transmission(codecs=(codec,))

    def one(row: int) -> np.ndarray:
        return transmission(sounds[row][None], np.array([row], np.uint64), RATE, threads=1)[0]

    with ThreadPoolExecutor(available_cores()) as pool:
        return list(pool.map(one, range(len(sounds))))


def _scores(detector: Detector, sounds: list[np.ndarray]) -> np.ndarray:
    """Return float64 (utterances,): the scores of clips as evaluation makes them."""
    samples = detector.experiment.clip.evaluate
    clips = [detector.prepare(sound, samples) for sound in sounds]
    waveforms = np.stack([clip for clip, _ in clips])
    lengths = np.array([length for _, length in clips], np.int32)
    parts = [slice(start, start + BATCH) for start in range(0, len(clips), BATCH)]
    return np.concatenate([detector.score(waveforms[part], lengths[part]) for part in parts])


def _rates(
    copies: Scores,
    original: Scores,
    threshold: float,
    dev_is_bonafide: np.ndarray,
    is_bonafide: np.ndarray,
) -> dict[str, dict[str, float]]:
    """Return the rates of eval in percent, at the run's threshold and at that for the codec."""
    rejected = int((original.dev[dev_is_bonafide] < threshold).sum())
    own = float(np.sort(copies.dev[dev_is_bonafide])[rejected])
    before = original.judged[is_bonafide] < threshold
    return {
        name: {
            "accepted_spoofs": 100 * float((copies.judged[~is_bonafide] >= at).mean()),
            **_rejected(copies.judged[is_bonafide] < at, before),
        }
        for name, at in (("the run's threshold", threshold), ("a threshold for the codec", own))
    }


def _rejected(calls: np.ndarray, before: np.ndarray) -> dict[str, float]:
    """Return the share of bona fide called spoof, and its excess over that of the originals."""
    excess = 100 * (calls.astype(float) - before)
    draws = np.random.default_rng(0).integers(len(excess), size=(RESAMPLES, len(excess)))
    low, high = np.percentile(excess[draws].mean(1), (2.5, 97.5))
    return {
        "rejected_bonafide": 100 * float(calls.mean()),
        "excess": float(excess.mean()),
        "low": float(low),
        "high": float(high),
    }


def _own_rates(part: Part, calls: np.ndarray, before: np.ndarray) -> dict[str, dict[str, float]]:
    """Return the rates in percent of the corpus's own codecs, and of all of them together.

    `calls` says which utterances were called bona fide, `before` which of the bona fide utterances
    without a codec were rejected.
    """
    rates = {}
    for codec in ("all", *np.unique(part.codec)):
        is_own = (part.codec == codec) | (codec == "all")
        rejected = ~calls[is_own & part.is_bonafide]
        if not len(rejected) or not (is_own & ~part.is_bonafide).any():
            continue
        rates[str(codec)] = {
            "bonafide": float(len(rejected)),
            "rejected_bonafide": 100 * float(rejected.mean()),
            "accepted_spoofs": 100 * float(calls[is_own & ~part.is_bonafide].mean()),
        }
    random = np.random.default_rng(0)
    rejected = ~calls[part.is_bonafide]
    means = [
        100 * values[random.integers(len(values), size=(RESAMPLES, len(values)))].mean(1)
        for values in (rejected, before)
    ]
    low, high = np.percentile(means[0] - means[1], (2.5, 97.5))
    excess = 100 * float(rejected.mean() - before.mean())
    rates["all"] |= {"excess": excess, "low": float(low), "high": float(high)}
    return rates


def _own_table(rates: dict[str, dict[str, float]]) -> str:
    lines = []
    for codec, rate in rates.items():
        difference = ""
        if "excess" in rate:
            difference = f" ({rate['excess']:+5.1f} [{rate['low']:+5.1f}, {rate['high']:+5.1f}])"
        lines.append(
            f"  coded by the corpus, {codec:4} {rate['bonafide']:4.0f} bona fide: "
            f"{rate['rejected_bonafide']:5.1f}{difference}, spoofs {rate['accepted_spoofs']:5.1f}"
        )
    return "\n".join(lines)


def _table(
    name: str, is_bonafide: np.ndarray, rates: dict[str, dict[str, dict[str, float]]]
) -> str:
    lines = [
        f"{name}: {is_bonafide.sum()} bona fide utterances called spoof and "
        f"{(~is_bonafide).sum()} spoofs called bona fide, %: at the run's threshold, and at one "
        "for the codec"
    ]
    for codec, values in rates.items():
        parts = [
            f"{rate['rejected_bonafide']:5.1f} ({rate['excess']:+5.1f} [{rate['low']:+5.1f}, "
            f"{rate['high']:+5.1f}]) {rate['accepted_spoofs']:5.1f}"
            for rate in values.values()
        ]
        lines.append(f"  {codec:10} {'   |   '.join(parts)}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
