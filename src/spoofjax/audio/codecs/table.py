"""The codecs by name.

Where the evaluation of ASVspoof 5 has a codec, the bit rates span those that it has. Which library
codes what is fixed, so that a clip sounds the same on every machine that can code it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spoofjax.audio.codecs import libsndfile, pyav
from spoofjax.audio.codecs.celp import NARROW, NARROW_RATE, WIDE, WIDE_RATE, celp
from spoofjax.audio.codecs.codec import Codec
from spoofjax.audio.codecs.g711 import LINE_RATE, round_trip
from spoofjax.errors import ConfigError, nearest


def _a_law(samples: np.ndarray, rate: int, kilobits: float) -> np.ndarray:
    return round_trip(samples, "a")


def _of_pyav(
    name: str, rate: int, kilobits: tuple[float, ...], encoder: str, decoder: str, **options: str
) -> Codec:
    code, missing = pyav.coder(encoder, decoder, options), pyav.missing(encoder, decoder)
    return Codec(name, rate, kilobits, code, missing)


CODECS = {
    codec.name: codec
    for codec in (
        Codec(
            "mp3",
            16_000,
            (24, 32, 48, 64, 96, 128),
            libsndfile.mp3,
            libsndfile.missing("MP3", "MPEG_LAYER_III"),
        ),
        Codec(
            "opus",
            16_000,
            (6, 12, 18, 24, 30),
            libsndfile.opus,
            libsndfile.missing("OGG", "OPUS"),
        ),
        Codec(
            "vorbis",
            16_000,
            (0.0, 0.2, 0.5),
            libsndfile.vorbis,
            libsndfile.missing("OGG", "VORBIS"),
        ),
        Codec("gsm", 8_000, (13,), libsndfile.gsm, libsndfile.missing("WAV", "GSM610")),
        Codec("g711", LINE_RATE, (64,), _a_law, str),
        Codec("celp", NARROW_RATE, tuple(NARROW), celp, str),
        Codec("celp_wide", WIDE_RATE, tuple(WIDE), celp, str),
        _of_pyav("aac", 16_000, (16, 24, 32, 64, 96), "aac", "aac"),
        _of_pyav("g722", 16_000, (64,), "g722", "g722"),
        _of_pyav("g723", 8_000, (6.3,), "g723_1", "g723_1"),
        # As in calls: speech modes, and as little work for the encoder as a telephone spends on it.
        _of_pyav(
            "opus_call",
            16_000,
            (6, 12, 18, 24, 30),
            "libopus",
            "libopus",
            application="voip",
            compression_level="1",
        ),
        _of_pyav("amr", 8_000, (4.75, 7.4, 12.2), "libopencore_amrnb", "amrnb"),
    )
}


def check_names(names: Sequence[str]) -> None:
    """Raise ConfigError for a name that is not in the table."""
    unknown = next((name for name in names if name not in CODECS), None)
    if unknown is not None:
        raise ConfigError(
            f"There is no codec {unknown!r}.{nearest(unknown, CODECS)} There are: "
            f"{', '.join(sorted(CODECS))}."
        )


def check_installed(names: Sequence[str]) -> None:
    """Raise ConfigError naming the first of these codecs that nothing here can code."""
    for name in names:
        reason = CODECS[name].missing()
        if reason:
            raise ConfigError(
                f"The codec {name!r} cannot be used: {reason}. Install it, or leave {name!r} out."
            )
