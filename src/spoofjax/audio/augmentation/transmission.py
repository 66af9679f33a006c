"""Transmission through codecs: what a recording loses on its way, not what an attack adds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from spoofjax.audio.augmentation.checks import check_batch, check_probabilities
from spoofjax.audio.codecs.table import CODECS, check_installed, check_names
from spoofjax.audio.seeds import stream, uniforms
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError
from spoofjax.processor import available_cores

PARAMETERS = 16
"""Tag of the stream that a seed gives."""


@dataclass(frozen=True)
class Transmission(Augmentation):
    """Codes and decodes clips in memory; length and alignment stay as they are.

    The default codecs need nothing but spoofjax; 'opus_call', 'aac', 'amr', 'g722' and 'g723' need
    PyAV (extra `media`). A clip is coded at the codec's own rate of 8 or 16 kHz, so that it keeps
    nothing above 4 or 8 kHz.
    """

    codecs: tuple[str, ...] = ("mp3", "opus", "vorbis", "g711", "gsm")
    """Names of codecs, drawn equally often, whatever the class of the clip."""
    probability: float = 1.0
    """Share of the clips that are coded."""

    def __post_init__(self) -> None:
        check_names(self.codecs)
        check_probabilities(self, "probability")
        if not self.codecs:
            raise ConfigError("Transmission needs at least one codec.")

    def check(self, rate: int) -> None:
        """Raise ConfigError naming a codec that nothing here can code."""
        check_installed(self.codecs)

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip through the codec that its uint64 seed draws.

        Samples beyond +-1 of a coded clip are clipped. Raises AudioError where a codec fails.
        """
        waveforms, seeds = check_batch(waveforms, seeds)
        coded = waveforms.copy()
        draws = uniforms(stream(seeds, PARAMETERS), 3)
        chosen = np.flatnonzero(draws[:, 0] < self.probability)

        def code(row: int) -> None:
            codec = CODECS[self.codecs[int(draws[row, 1] * len(self.codecs))]]
            setting = codec.settings[int(draws[row, 2] * len(codec.settings))]
            coded[row] = codec.round_trip(waveforms[row], rate, setting)

        threads = min(threads or available_cores(), len(chosen))
        if threads < 2:
            for row in chosen.tolist():
                code(row)
            return coded
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(code, chosen.tolist()))  # raises what a clip raised
        return coded
