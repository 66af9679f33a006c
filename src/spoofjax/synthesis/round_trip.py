"""Speech through a codec of telephones, streams or recordings, for copies of both classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.codecs.table import CODECS, check_installed, check_names
from spoofjax.synthesis.attack import RATE, WaveformAttack


@dataclass(frozen=True)
class CodecRoundTrip(WaveformAttack):
    """Codes and decodes speech by one of the codecs that `Transmission` knows.

    It is no attack: `spoofjax synthesize --codecs` passes both classes through it. Each copy gets
    one of the codec's settings, drawn equally often. Raises ConfigError where the codec is unknown
    or not installed, and AudioError where it fails.
    """

    codec: str
    """Its name, such as 'amr'."""

    def __post_init__(self) -> None:
        check_names((self.codec,))
        check_installed((self.codec,))

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return float32 (samples,): the copy at any level."""
        codec = CODECS[self.codec]
        return codec.round_trip(
            samples, RATE, codec.settings[generator.integers(len(codec.settings))]
        )
