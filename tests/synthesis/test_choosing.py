"""Attacks are named on the command line, or defined in a Python file."""

import pytest

from spoofjax.errors import ConfigError
from spoofjax.synthesis import CodecRoundTrip, GriffinLim, NeuralCodec
from spoofjax.synthesis.choosing import ATTACKS, chosen_attacks, chosen_codecs


def test_attacks_are_chosen_by_name_and_from_a_file(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from spoofjax.synthesis import GriffinLim\n"
        "attacks = {'long': GriffinLim(iterations=100)}\n"
    )
    assert chosen_attacks(["sinusoidal", str(file)]) == {
        "sinusoidal": ATTACKS["sinusoidal"],
        "long": GriffinLim(iterations=100),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must define attacks"),
        ("attacks = {'a b': None}", "'a b' becomes part of file names"),
        ("attacks = {'a': 1}", "a must be an attack or a codec"),
        ("attacks = 1 / 0", "division"),
    ],
)
def test_a_file_without_attacks_is_refused(text, message, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        chosen_attacks([str(file)])


def test_an_unknown_name_and_one_that_occurs_twice_are_refused():
    with pytest.raises(ConfigError, match="Did you mean griffin_lim"):
        chosen_attacks(["grifin_lim"])
    with pytest.raises(ConfigError, match="named twice"):
        chosen_attacks(["sinusoidal", "sinusoidal"])


def test_codecs_are_weights_or_come_from_a_file_and_attacks_are_none(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from spoofjax.synthesis import NeuralCodec\n"
        "codecs = {'dac_6': NeuralCodec('dac_16khz', quantizers=6)}\n"
    )
    assert chosen_codecs([str(file)]) == {"dac_6": NeuralCodec("dac_16khz", quantizers=6)}
    assert chosen_codecs(["gsm"]) == {"gsm": CodecRoundTrip("gsm")}
    with pytest.raises(ConfigError, match=r"'vorbs' is no codec\. Did you mean vorbis"):
        chosen_codecs(["vorbs"])
    with pytest.raises(ConfigError, match="'griffin_lim' is no codec"):
        chosen_codecs(["griffin_lim"])
    with pytest.raises(ConfigError, match="must define attacks"):
        chosen_attacks([str(file)])
