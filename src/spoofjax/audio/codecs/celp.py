"""Code-excited linear prediction in C: what Speex, AMR and their kin leave of speech.

An approximation with tables of its own (csrc/codecs/celp.c), which needs no package. In its wide
form it stands for Speex and AMR-WB, which no library that is used here can encode.
"""

from __future__ import annotations

import numpy as np

NARROW_RATE = 8000
WIDE_RATE = 16_000
NARROW = {6.6: 1, 7.9: 2, 10.4: 4, 12.9: 6}
WIDE = {9.5: 2, 12.5: 4, 18.3: 8, 24.2: 12}
"""Pulses in 5 ms by the bit rate in kbit/s that the parameters would take.

Besides the pulses, of 25 bits a frame each in the narrow and 29 in the wide form, they are 107 and
132 bits every 20 ms: reflection coefficients of 6, 5 and 4 bits, a lag, and two gains every 5 ms.
"""


def celp(samples: np.ndarray, rate: int, kilobits: float) -> np.ndarray:
    """Return float32 (samples,): clips after CELP at a bit rate of NARROW or WIDE."""
    from spoofjax.audio.codecs._celp import celp as round_trip

    decoded = np.empty(len(samples), np.float32)
    line, is_wide = np.ascontiguousarray(samples, np.float32), rate == WIDE_RATE
    round_trip(line, decoded, is_wide, (WIDE if is_wide else NARROW)[kilobits])
    return decoded
