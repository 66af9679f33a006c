"""The fundamental frequency of speech, as the attacks see it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spoofjax.synthesis.tables import pitch_correlations


class Pitch(NamedTuple):
    """A pitch track of frames that overlap as those of the attacks do."""

    f0: np.ndarray
    """float32 (frames,) in Hz; unvoiced frames have the interpolated f0 of their neighbours."""
    is_voiced: np.ndarray
    """bool (frames,)."""


def track_pitch(samples: np.ndarray, hop: int) -> Pitch:
    """Return the pitch of float32 (samples,) at 16 kHz; `hop` is 128 or 256 samples.

    Frame k is centred at sample (k + 1) * hop - 256. The pitch is that of 60 to 400 Hz at which the
    normalised autocorrelation of 48 ms below 1 kHz is largest: Boersma, "Accurate short-term
    analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled sound",
    Proceedings of the Institute of Phonetic Sciences 17, Amsterdam, 1993. In the place of its path
    search, each value is the median of five frames. Frames are unvoiced whose autocorrelation is
    below 0.45 there, or whose level is below 3 % of that of the loudest.
    """
    from spoofjax.synthesis._attacks import pitch_of

    f0, is_voiced = pitch_of(np.ascontiguousarray(samples, np.float32), hop, pitch_correlations())
    return Pitch(f0, is_voiced.astype(bool))
