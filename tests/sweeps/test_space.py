"""A search space is read from JSON or Python, and its values become options of `train`."""

from __future__ import annotations

import json

import pytest

from spoofjax.config_files import load_config
from spoofjax.errors import ConfigError
from spoofjax.sweeps.space import Choice, Range, first_values, overrides, read_space

SPACE = {
    "optimizer.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
    "model.dropout": {"low": 0.0, "high": 0.5},
    "model.hidden": {"low": 8, "high": 32, "step": 8},
    "model.channels": {"choices": [[4, 8], [8, 16]]},
    "average": {"choices": [None, 0.9]},
}


def test_json_and_python_give_the_same_space(tmp_path):
    in_json, in_python = tmp_path / "space.json", tmp_path / "space.py"
    in_json.write_text(json.dumps(SPACE))
    in_python.write_text(f"space = {SPACE!r}")
    space = read_space(in_json)
    assert space == read_space(in_python)
    assert space["optimizer.learning_rate"] == Range(1e-4, 1e-2, log=True)
    assert space["model.channels"] == Choice(([4, 8], [8, 16]))
    assert space["model.hidden"].is_whole
    assert not space["model.dropout"].is_whole


def test_values_become_options_of_a_configuration(tmp_path, tiny_corpus):
    path = tmp_path / "space.json"
    path.write_text(json.dumps(SPACE))
    options = overrides({**first_values(read_space(path)), "keep_memory": False})
    experiment = load_config(tiny_corpus() / "tiny.py", options)
    assert experiment.optimizer.learning_rate == 1e-4
    assert experiment.model.channels == (4, 8)
    assert experiment.model.hidden == 8
    assert experiment.average is None
    assert not experiment.keep_memory


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"low": 1, "high": 1}, "low must be below high"),
        ({"low": 0, "high": 1, "log": True}, "log needs low above 0"),
        ({"low": "a", "high": 1}, "must be numbers"),
        ({"choices": []}, "must be a list"),
        ({"lowest": 1}, "write an object"),
    ],
)
def test_a_wrong_range_names_the_setting(tmp_path, value, message):
    path = tmp_path / "space.json"
    path.write_text(json.dumps({"model.dropout": value}))
    with pytest.raises(ConfigError, match=rf"model.dropout: .*{message}"):
        read_space(path)


def test_a_file_without_a_space_is_an_error(tmp_path):
    path = tmp_path / "space.py"
    path.write_text("spaces = {}")
    with pytest.raises(ConfigError, match="must define what is searched"):
        read_space(path)
