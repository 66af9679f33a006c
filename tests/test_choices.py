"""Parts of an experiment chosen on the command line by the name of their class."""

import pytest

from spoofjax.audio.augmentation import RawBoost
from spoofjax.choices import KINDS, choices
from spoofjax.config import Augmentation
from spoofjax.config_files import load_config
from spoofjax.errors import ConfigError
from spoofjax.features import LFCC
from spoofjax.models import CNN2D, LCNN
from spoofjax.training.losses import Focal


def test_parts_are_chosen_by_name_and_their_fields_by_options():
    arguments = ["--model", "LCNN", "--model.dropout", "0.5", "--loss=Focal", "--steps", "7"]
    chosen = load_config("cnn2d", arguments)
    assert chosen.model == LCNN(dropout=0.5)
    assert chosen.loss == Focal()
    assert chosen.steps == 7
    assert chosen.augment == load_config("cnn2d").augment


def test_the_order_of_arguments_and_the_case_of_names_do_not_matter():
    chosen = load_config("cnn2d", ["--front-end.cepstra", "12", "--front-end", "lfcc"])
    assert chosen.front_end == LFCC(cepstra=12)
    assert load_config("cnn2d", ["--augment", "RawBoost"]).augment == RawBoost()
    assert load_config("cnn2d", ["--augment", "none"]).augment == Augmentation()


def test_choosing_the_class_of_the_file_keeps_its_fields():
    assert load_config("cnn2d", ["--model", "CNN2D"]) == load_config("cnn2d")
    assert isinstance(load_config("cnn2d").model, CNN2D)


def test_an_unknown_name_brings_the_nearest_and_all():
    with pytest.raises(ConfigError, match="Did you mean LCNN") as error:
        load_config("cnn2d", ["--model", "LCN"])
    assert "AASIST" in str(error.value)
    with pytest.raises(ConfigError, match="--front-end takes the name of a class, not ''"):
        load_config("cnn2d", ["--front-end"])


def test_a_class_without_defaults_belongs_into_a_file():
    with pytest.raises(
        ConfigError, match=r"SelfSupervised cannot be chosen .*'encoder' and 'head'.* file"
    ):
        load_config("cnn2d", ["--model", "SelfSupervised"])


def test_an_ensemble_is_made_from_runs_and_not_chosen():
    with pytest.raises(ConfigError, match=r"Ensemble cannot be chosen .*`spoofjax ensemble"):
        load_config("cnn2d", ["--model", "Ensemble"])


def test_every_kind_of_part_has_choices():
    assert all(len(choices(field)) >= 2 for field in KINDS)
