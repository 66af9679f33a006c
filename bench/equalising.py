"""Is speech through a codec rejected more often, where neither speaker nor codec are known?

    python -m bench.equalising RUN [RUN ...] [--utterances 100] [--folds 4] [--json FILE]

Does what `spoofjax equalise RUN` does, on some speakers of dev, and judges the others, in turn.
Thresholds are those that reject a share of the bona fide speech as it is. Judged are the run
itself; the equalised run; and one equalised without the codec that is judged, for each codec in
turn. Bit rates count equally within a codec, and codecs count equally.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from spoofjax.audio.codecs.table import CODECS
from spoofjax.corpora.splits import training_splits
from spoofjax.deployment.detector import Detector
from spoofjax.evaluation.probe import fold_of
from spoofjax.runs.folder import RunFolder
from spoofjax.training.equalising import (
    Heard,
    codec_aware,
    drawn,
    hear_channels,
    offsets,
    recogniser,
)

SHARES = (0.01, 0.03, 0.06, 0.1, 0.15, 0.2)
"""Of bona fide speech as it is, rejected at the thresholds."""
SEED = 0


class Rates(NamedTuple):
    """In percent, unless said otherwise, at one threshold."""

    as_it_is: float
    """Bona fide rejected without a codec."""
    coded: float
    """Bona fide rejected through a codec, mean of all."""
    worst: float
    """Through the codec where most are rejected."""
    codec: str
    """The name of that one."""
    beyond: int
    """Number of codecs whose excess over speech as it is has a 95 % interval above zero."""
    spoofs: float
    """Spoofs accepted without a codec."""
    coded_spoofs: float
    """Spoofs accepted through a codec, mean of all."""


def main() -> None:
    """Print a table for each run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--utterances", type=int, default=100, help="of each class of dev")
    parser.add_argument("--folds", type=int, default=4, help="of speakers")
    parser.add_argument("--json", type=Path, help="where to write the numbers")
    options = parser.parse_args()
    codecs = tuple(name for name, codec in CODECS.items() if not codec.missing())
    results = {}
    for run in options.runs:
        experiment = codec_aware(RunFolder(run).experiment(), codecs)
        dev = drawn(training_splits(experiment.data)["dev"], options.utterances, SEED)
        heard = hear_channels(Detector.load(run), experiment, dev)
        table = judge(heard, channel_codecs(codecs), fold_of(dev.codes("speaker"), options.folds))
        results[run.name] = {
            name: [rates._asdict() for rates in of_row] for name, of_row in table.items()
        }
        print(f"{run.name}: bona fide rejected and spoofs accepted, as it is -> through codecs, %")
        for name, of_row in table.items():
            print(f"  {name}", *map(_text, of_row), sep="\n    ", flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def channel_codecs(codecs: Sequence[str]) -> np.ndarray:
    """Return str (channels,): the codec of each channel, '' for the first, speech as it is."""
    return np.array(["", *(name for name in codecs for _ in CODECS[name].settings)])


def judge(heard: list[Heard], codec: np.ndarray, fold: np.ndarray) -> dict[str, list[Rates]]:
    """Return the rates of each row at each threshold.

    `codec` names the codec of each channel, and `fold` says with whom an utterance is judged.
    """
    scores = np.stack([channel.scores for channel in heard])
    is_bonafide = heard[0].is_bonafide
    everything = np.arange(len(heard))
    equalised = _equalised(heard, fold, everything, everything)
    unknown = equalised.copy()
    for name in np.unique(codec[1:]):
        others, own = np.flatnonzero(codec != name), np.flatnonzero(codec == name)
        unknown[own] = _equalised(heard, fold, others, own)
    rows = {"as the run is": scores, "equalised": equalised, "without the codec": unknown}
    return {
        name: [_rates(values, codec, is_bonafide, share) for share in SHARES]
        for name, values in rows.items()
    }


def _equalised(
    heard: list[Heard], fold: np.ndarray, known: np.ndarray, judged: np.ndarray
) -> np.ndarray:
    """Return scores (judged channels, utterances), equalised by the known channels of others."""
    scores = np.stack([heard[channel].scores for channel in judged])
    for own in np.unique(fold):
        rest = [Heard(*(values[fold != own] for values in heard[channel])) for channel in known]
        weights, biases = recogniser([channel.descriptions for channel in rest])
        change = offsets(rest)
        for row, channel in enumerate(judged):
            logits = heard[channel].descriptions[fold == own] @ weights + biases
            scores[row, fold == own] -= softmax(logits, axis=1) @ change
    return scores


def _rates(scores: np.ndarray, codec: np.ndarray, is_bonafide: np.ndarray, share: float) -> Rates:
    threshold = np.quantile(scores[0, is_bonafide], share)
    rejected = 100 * (scores[:, is_bonafide] < threshold)
    spoofs = 100 * np.mean(scores[:, ~is_bonafide] >= threshold, axis=1)
    names = np.unique(codec[1:])
    by_codec = np.array([rejected[codec == name].mean(0) for name in names])
    rates, excess = by_codec.mean(1), by_codec - rejected[0]
    error = excess.std(1) / np.sqrt(excess.shape[1])
    return Rates(
        as_it_is=float(rejected[0].mean()),
        coded=float(rates.mean()),
        worst=float(rates.max()),
        codec=str(names[rates.argmax()]),
        beyond=int(np.sum(excess.mean(1) > 1.96 * error)),
        spoofs=float(spoofs[0]),
        coded_spoofs=float(np.mean([spoofs[codec == name].mean() for name in names])),
    )


def _text(rates: Rates) -> str:
    worst = f"{rates.worst:4.1f} {rates.codec:10}"
    return (
        f"{rates.as_it_is:4.1f} -> {rates.coded:4.1f}, worst {worst} {rates.beyond:2} beyond; "
        f"spoofs {rates.spoofs:4.1f} -> {rates.coded_spoofs:4.1f}"
    )


if __name__ == "__main__":
    main()
