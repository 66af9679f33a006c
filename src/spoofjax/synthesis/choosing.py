"""The attacks or codecs that a command names: by the names here, or in a Python file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from spoofjax.audio.codecs.table import CODECS
from spoofjax.config import Attack
from spoofjax.errors import ConfigError, nearest
from spoofjax.own_code import run_file
from spoofjax.synthesis.griffin_lim import GriffinLim
from spoofjax.synthesis.harmonic_plus_noise import HarmonicPlusNoise
from spoofjax.synthesis.linear_prediction import LinearPrediction
from spoofjax.synthesis.mel_cepstral import MelCepstral
from spoofjax.synthesis.neural import NeuralCodec, neural_attack
from spoofjax.synthesis.phase_randomisation import PhaseRandomisation
from spoofjax.synthesis.round_trip import CodecRoundTrip
from spoofjax.synthesis.sinusoidal import Sinusoidal
from spoofjax.synthesis.spectral_warp import SpectralWarp
from spoofjax.synthesis.world import World

ATTACKS: dict[str, Attack] = {
    "griffin_lim": GriffinLim(iterations=16),
    "griffin_lim_mel": GriffinLim(scale="mel", iterations=16),
    "linear_prediction": LinearPrediction(),
    "mel_cepstral": MelCepstral(),
    "mel_cepstral_residual": MelCepstral(residual_hz=1000.0),
    "harmonic_plus_noise": HarmonicPlusNoise(),
    "phase_randomisation": PhaseRandomisation(),
    "sinusoidal": Sinusoidal(),
    "spectral_warp": SpectralWarp(),
    "voice_conversion": SpectralWarp(semitones=(1.0, 4.0)),
    "world": World(),
    "world_conversion": World(semitones=(1.0, 4.0)),
}
"""The attacks that can be named on a command line; a name is the tag in protocols, too."""


def chosen_attacks(words: Sequence[str]) -> dict[str, Attack]:
    """Return attacks by their tags; a word is a name of ATTACKS, a Python file, or weights.

    Weights are those of a neural codec or vocoder, see `neural_attack`.
    A file defines `attacks = {"my_tag": GriffinLim(iterations=100)}`. Raises ConfigError for an
    unknown name, for a file that defines no attacks, and for a tag that occurs twice.
    """
    example = "GriffinLim(iterations=100)"
    return _chosen(words, "attack", example, _named_attack)


def chosen_codecs(words: Sequence[str]) -> dict[str, Attack]:
    """Return the codecs that transmit speech by their tags.

    A word is a name that `Transmission` knows, a Python file, or weights of a neural codec, see
    `neural_attack`. A file defines
    `codecs = {"my_tag": NeuralCodec("weights/dac_16khz", quantizers=6)}`. Raises ConfigError for
    other words, for a codec that is not installed, for a file that defines no codecs, and for a tag
    that occurs twice.
    """
    example = 'NeuralCodec("weights/dac_16khz", quantizers=6)'
    return _chosen(words, "codec", example, _named_codec)


def _chosen(
    words: Sequence[str], kind: str, example: str, named: Callable[[str], dict[str, Attack]]
) -> dict[str, Attack]:
    """Return what the words mean: 'attack' or 'codec' is their kind, for messages and in files."""
    all_chosen: dict[str, Attack] = {}
    for word in words:
        chosen = _of_file(Path(word), kind, example) if word.endswith(".py") else named(word)
        for tag, attack in chosen.items():
            if tag in all_chosen:
                raise ConfigError(f"The {kind} {tag!r} is named twice. Give each a tag of its own.")
            all_chosen[tag] = attack
    return all_chosen


def _named_attack(word: str) -> dict[str, Attack]:
    if word in ATTACKS:
        return {word: ATTACKS[word]}
    if neural := neural_attack(word):
        return dict([neural])
    raise ConfigError(
        f"There is no attack {word!r}.{nearest(word, ATTACKS)} There are: {', '.join(ATTACKS)}; "
        "folders with the weights of a neural codec or vocoder; and a Python file may define "
        "others."
    )


def _named_codec(word: str) -> dict[str, Attack]:
    if word in CODECS:
        return {word: CodecRoundTrip(word)}
    neural = neural_attack(word)
    if neural and isinstance(neural[1], NeuralCodec):
        return dict([neural])
    raise ConfigError(
        f"{word!r} is no codec.{nearest(word, CODECS)} --codecs takes the names "
        f"{', '.join(CODECS)}; folders with the weights of EnCodec, DAC or Mimi, with a number of "
        "quantisers if you like, such as encodec_24khz:8; and a Python file may define others."
    )


def _of_file(path: Path, kind: str, example: str) -> dict[str, Attack]:
    attacks = run_file(path).get(f"{kind}s")
    if not isinstance(attacks, dict) or not attacks:
        raise ConfigError(
            f"{path} must define {kind}s by their tags, such as "
            f'`{kind}s = {{"my_tag": {example}}}`.'
        )
    for tag, attack in attacks.items():
        if not isinstance(tag, str) or not re.fullmatch(r"\w[\w.-]*", tag):
            raise ConfigError(
                f"{path}: the tag {tag!r} becomes part of file names: use letters, digits, '_', "
                "'.' and '-'."
            )
        if not isinstance(attack, Attack):
            raise ConfigError(f"{path}: {tag} must be an attack or a codec, not {attack!r}.")
    return attacks
