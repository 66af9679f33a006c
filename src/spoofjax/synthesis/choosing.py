"""The attacks that a command names: by the names here, or in a Python file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from spoofjax.config import Attack
from spoofjax.errors import ConfigError, nearest
from spoofjax.own_code import run_file
from spoofjax.synthesis.griffin_lim import GriffinLim
from spoofjax.synthesis.harmonic_plus_noise import HarmonicPlusNoise
from spoofjax.synthesis.linear_prediction import LinearPrediction
from spoofjax.synthesis.mel_cepstral import MelCepstral
from spoofjax.synthesis.neural import neural_attack
from spoofjax.synthesis.phase_randomisation import PhaseRandomisation
from spoofjax.synthesis.sinusoidal import Sinusoidal
from spoofjax.synthesis.spectral_warp import SpectralWarp

ATTACKS: dict[str, Attack] = {
    "griffin_lim": GriffinLim(),
    "griffin_lim_mel": GriffinLim(scale="mel"),
    "linear_prediction": LinearPrediction(),
    "mel_cepstral": MelCepstral(),
    "mel_cepstral_residual": MelCepstral(residual_hz=1000.0),
    "harmonic_plus_noise": HarmonicPlusNoise(),
    "phase_randomisation": PhaseRandomisation(),
    "sinusoidal": Sinusoidal(),
    "spectral_warp": SpectralWarp(),
    "voice_conversion": SpectralWarp(semitones=(1.0, 4.0)),
}
"""The attacks that can be named on a command line; a name is the tag in protocols, too."""


def chosen_attacks(words: Sequence[str]) -> dict[str, Attack]:
    """Return attacks by their tags; a word is a name of ATTACKS, a Python file, or weights.

    Weights are those of a neural codec or vocoder, see `neural_attack`.
    A file defines `attacks = {"my_tag": GriffinLim(iterations=100)}`. Raises ConfigError for an
    unknown name, for a file that defines no attacks, and for a tag that occurs twice.
    """
    attacks: dict[str, Attack] = {}
    for word in words:
        chosen = _of_file(Path(word)) if word.endswith(".py") else _named(word)
        for tag, attack in chosen.items():
            if tag in attacks:
                raise ConfigError(f"The attack {tag!r} is named twice. Give each a tag of its own.")
            attacks[tag] = attack
    return attacks


def _named(word: str) -> dict[str, Attack]:
    if word in ATTACKS:
        return {word: ATTACKS[word]}
    if neural := neural_attack(word):
        return dict([neural])
    raise ConfigError(
        f"There is no attack {word!r}.{nearest(word, ATTACKS)} There are: {', '.join(ATTACKS)}; "
        "folders with the weights of a neural codec or vocoder; and a Python file may define "
        "others."
    )


def _of_file(path: Path) -> dict[str, Attack]:
    attacks = run_file(path).get("attacks")
    if not isinstance(attacks, dict) or not attacks:
        raise ConfigError(
            f"{path} must define attacks by their tags, such as "
            '`attacks = {"griffin_lim_100": GriffinLim(iterations=100)}`.'
        )
    for tag, attack in attacks.items():
        if not isinstance(tag, str) or not re.fullmatch(r"\w[\w.-]*", tag):
            raise ConfigError(
                f"{path}: the tag {tag!r} becomes part of file names: use letters, digits, '_', "
                "'.' and '-'."
            )
        if not isinstance(attack, Attack):
            raise ConfigError(f"{path}: {tag} must be an attack, not {attack!r}.")
    return attacks
