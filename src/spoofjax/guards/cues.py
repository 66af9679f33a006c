"""The cues by which two classes may differ without any synthesis, in numbers and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spoofjax.audio.traits import BANDS, TRAITS

REGIONS = 8
"""Parts of equal width into which a difference of spectra is put in words."""


class Typical(NamedTuple):
    """The median of each trait over the utterances of a class, and their sample rate in Hz."""

    medians: Mapping[str, float]
    rate: int

    def __getitem__(self, trait: str) -> float:
        return self.medians[trait]

    @classmethod
    def of(cls, traits: np.ndarray, rate: int) -> Typical:
        """Return the medians over traits (utterances, len(TRAITS))."""
        return cls(dict(zip(TRAITS, np.median(traits, axis=0).tolist(), strict=True)), rate)


@dataclass(frozen=True)
class Cue:
    """Some traits of an utterance that a detector must not judge by."""

    name: str
    traits: tuple[str, ...]
    describe: Callable[[Typical, Typical], str]
    """Says how spoofs differ from bona fide, given (bona fide, spoofs)."""
    remedy: str

    def features(self, traits: np.ndarray) -> np.ndarray:
        """Return (utterances, numbers) for a probe, from traits (utterances, len(TRAITS)).

        A few traits come with their squares, so that a class in which they vary less is noticed.
        """
        values = traits[:, [TRAITS.index(name) for name in self.traits]]
        if len(self.traits) >= BANDS:
            return values
        centred = values - values.mean(axis=0)
        return np.column_stack([values, centred**2])


def _spectrum(bonafide: Typical, spoof: Typical) -> str:
    differences = np.array([spoof[name] - bonafide[name] for name in TRAITS[:BANDS]])
    regions = differences.reshape(REGIONS, -1).mean(axis=1)
    region = int(np.abs(regions).argmax())
    amount = f"{abs(regions[region]):.1f} dB {'more' if regions[region] > 0 else 'less'}"
    low, high = (spoof.rate / 2000 * edge / REGIONS for edge in (region, region + 1))
    return f"spoofs have {amount} between {low:g} and {high:g} kHz in the average spectrum"


def _offset(bonafide: Typical, spoof: Typical) -> str:
    shares = [100 * 10 ** (values["offset_db"] / 20) for values in (spoof, bonafide)]
    return "the DC offset of spoofs is {:.2g} % of the RMS, that of bona fide {:.2g} %".format(
        *shares
    )


def _level(bonafide: Typical, spoof: Typical) -> str:
    louder = spoof["level_db"] - bonafide["level_db"]
    if abs(louder) < 0.5:
        return "levels are equal on average but vary more in one class, or peaks differ"
    return f"spoofs are {abs(louder):.1f} dB {'louder' if louder > 0 else 'softer'}"


def _length(bonafide: Typical, spoof: Typical) -> str:
    seconds = [10 ** values["seconds_log"] for values in (spoof, bonafide)]
    return "spoofs last {:.2f} s, bona fide {:.2f} s".format(*seconds)


def _silence(bonafide: Typical, spoof: Typical) -> str:
    texts = [
        f"{10 ** values['leading_log'] - 0.02:.2f} s before speech, "
        f"{10 ** values['trailing_log'] - 0.02:.2f} s after it and {values['silence']:.0%} in all"
        for values in (spoof, bonafide)
    ]
    return f"silence of spoofs is {texts[0]}; of bona fide {texts[1]}"


def _noise(bonafide: Typical, spoof: Typical) -> str:
    levels = [-values["noise_db"] for values in (spoof, bonafide)]
    return "the noise of spoofs lies {:.0f} dB below speech, that of bona fide {:.0f} dB".format(
        *levels
    )


def _bandwidth(bonafide: Typical, spoof: Typical) -> str:
    edges = [values["edge_hz"] / 1000 for values in (spoof, bonafide)]
    if abs(edges[0] - edges[1]) > 0.1:
        return "the spectrum of spoofs ends at {:.1f} kHz, that of bona fide at {:.1f} kHz".format(
            *edges
        )
    difference = spoof["high_db"] - bonafide["high_db"]
    return f"the upper half of the spectrum is {difference:+.1f} dB in spoofs"


CUES = (
    Cue(
        "spectrum", TRAITS[:BANDS], _spectrum,
        "Send both classes through one channel, or train with augment=ChannelVariation().",
    ),
    Cue("offset", ("offset_db",), _offset, "Subtract the mean of every file of both classes."),
    Cue(
        "level", ("level_db", "peak_db"), _level,
        "Bring all clips to one level: --clip.level-dbfs -26.",
    ),
    Cue(
        "length", ("seconds_log",), _length,
        "Choose utterances of equal lengths, or train on crops shorter than both: --clip.train.",
    ),
    Cue(
        "silence", ("leading_log", "trailing_log", "silence"), _silence,
        "Trim both classes by one rule, or leave both as they are.",
    ),
    Cue("noise", ("noise_db",), _noise, "Add noise of one kind to both: augment=NoiseAt(...)."),
    Cue(
        "bandwidth", ("rolloff_hz", "edge_hz", "drop_db", "high_db"), _bandwidth,
        "Code, resample or low-pass both classes alike, so that a codec tells neither.",
    ),
)  # fmt: skip
"""All cues, in the order in which they are reported."""
