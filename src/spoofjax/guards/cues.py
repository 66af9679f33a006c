"""The cues by which two classes may differ without any synthesis, in numbers and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spoofjax.audio.traits import BANDS, FRAME_SECONDS, TRAITS

REGIONS = 8
"""Parts of equal width into which a difference of spectra is put in words."""
LEAST_DB, LEAST_KHZ = 0.5, 0.1
"""Smaller differences of level and bandwidth are not put into words."""


class Typical(NamedTuple):
    """The median of each trait over some utterances, with their name and sample rate in Hz."""

    name: str
    """In the plural, such as 'spoofs'."""
    medians: Mapping[str, float]
    rate: int

    def __getitem__(self, trait: str) -> float:
        return self.medians[trait]

    @classmethod
    def of(cls, name: str, traits: np.ndarray, rate: int) -> Typical:
        """Return the medians over traits (utterances, len(TRAITS))."""
        medians = np.median(traits, axis=0).tolist()
        return cls(name, dict(zip(TRAITS, medians, strict=True)), rate)


@dataclass(frozen=True)
class Cue:
    """Some traits of an utterance that a detector must not judge by."""

    name: str
    traits: tuple[str, ...]
    describe: Callable[[Typical, Typical], str]
    """Says how the second of two sets of utterances differs from the first."""
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


def _spectrum(usual: Typical, other: Typical) -> str:
    differences = np.array([other[name] - usual[name] for name in TRAITS[:BANDS]])
    regions = differences.reshape(REGIONS, -1).mean(axis=1)
    region = int(np.abs(regions).argmax())
    amount = f"{abs(regions[region]):.1f} dB {'more' if regions[region] > 0 else 'less'}"
    low, high = (other.rate / 2000 * edge / REGIONS for edge in (region, region + 1))
    return f"{other.name} have {amount} between {low:g} and {high:g} kHz in the average spectrum"


def _offset(usual: Typical, other: Typical) -> str:
    shares = [100 * 10 ** (values["offset_db"] / 20) for values in (other, usual)]
    return (
        f"the DC offset of {other.name} is {shares[0]:.2g} % of the RMS, that of {usual.name} "
        f"{shares[1]:.2g} %"
    )


def _level(usual: Typical, other: Typical) -> str:
    louder = other["level_db"] - usual["level_db"]
    if abs(louder) < LEAST_DB:
        return f"{other.name} are as loud as {usual.name} on average, but levels or peaks vary less"
    return f"{other.name} are {abs(louder):.1f} dB {'louder' if louder > 0 else 'softer'}"


def _length(usual: Typical, other: Typical) -> str:
    seconds = [10 ** values["seconds_log"] for values in (other, usual)]
    return f"{other.name} last {seconds[0]:.2f} s, {usual.name} {seconds[1]:.2f} s"


def _silence(usual: Typical, other: Typical) -> str:
    texts = [
        f"{10 ** values['leading_log'] - FRAME_SECONDS:.2f} s before speech, "
        f"{10 ** values['trailing_log'] - FRAME_SECONDS:.2f} s after it and "
        f"{values['silence']:.0%} in all"
        for values in (other, usual)
    ]
    return f"silence of {other.name} is {texts[0]}; of {usual.name} {texts[1]}"


def _noise(usual: Typical, other: Typical) -> str:
    levels = [-values["noise_db"] for values in (other, usual)]
    return (
        f"the noise of {other.name} lies {levels[0]:.0f} dB below speech, that of {usual.name} "
        f"{levels[1]:.0f} dB"
    )


def _bandwidth(usual: Typical, other: Typical) -> str:
    edges = [values["edge_hz"] / 1000 for values in (other, usual)]
    if abs(edges[0] - edges[1]) > LEAST_KHZ:
        return (
            f"the spectrum of {other.name} ends at {edges[0]:.1f} kHz, that of {usual.name} at "
            f"{edges[1]:.1f} kHz"
        )
    difference = other["high_db"] - usual["high_db"]
    return f"the upper half of the spectrum is {difference:+.1f} dB in {other.name}"


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
