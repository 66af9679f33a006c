"""Every command line that the README, the guides and the configurations show can be parsed."""

import argparse
import dataclasses
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from spoofjax.cli import COMMANDS, build_parser
from spoofjax.config import Experiment
from spoofjax.config_files import load_config

REPOSITORY = Path(__file__).parents[1]
TEXTS = [
    REPOSITORY / "README.md",
    *sorted(REPOSITORY.glob("docs/**/*.md")),
    *sorted(REPOSITORY.glob("configs/*.py")),
]
COMMAND = rf"spoofjax (?:{'|'.join(COMMANDS)})\b"
LINE = re.compile(rf"^(?:\s+|while |Command +)?(?:\S*/)?({COMMAND}.*)")
INLINE = re.compile(rf"`({COMMAND}[^`]*)`")
OPTION = re.compile(r"(?<!\S)--[a-z][\w.-]*")


def shown_lines(text: str) -> Iterator[list[str]]:
    """The arguments of each command line in a text's code blocks and headers."""
    for line in text.replace("\\\n", " ").splitlines():
        match = LINE.match(line)
        if match and "..." not in line:
            line = re.sub(r"\$\w+", "1", match[1])  # variables of a scheduler are numbers
            words = shlex.split(line, comments=True)
            stop = next((n for n, word in enumerate(words) if word in ("&&", "|", ">")), None)
            yield words[1:stop]


SHOWN = [(path.name, words) for path in TEXTS for words in shown_lines(path.read_text())]


@pytest.fixture(scope="module")
def parser():
    return build_parser()


@pytest.mark.parametrize(
    "words",
    [words for _, words in SHOWN],
    ids=[f"{name}: {' '.join(words)}" for name, words in SHOWN],
)
def test_a_command_line_is_one_that_the_parser_takes(parser, words, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    options, overrides = parser.parse_known_args(words)
    assert not overrides or options.takes_overrides
    if words[0] == "train":
        is_named = options.config.stem in ("my", "mine") or options.config.parts[0] == "runs"
        is_example = is_named and not options.config.exists()
        load_config("cnn" if is_example else options.config, overrides)
    elif words[0] == "embed" and overrides:
        load_config(options.source, overrides)
    else:
        assert all(re.match(r"--(data|corpus)\b", o) for o in overrides if o.startswith("--"))


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """The options of a command, and those of its own commands, such as `models add`."""
    options = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            options.update(*map(options_of, action.choices.values()))
    return options


def test_options_within_sentences_exist(parser):
    [commands] = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    fields = {f"--{field.name.replace('_', '-')}" for field in dataclasses.fields(Experiment)}
    checked = 0
    for path in TEXTS:
        for command in INLINE.findall(" ".join(path.read_text().split())):
            name = command.split()[1]
            for option in OPTION.findall(command):
                own = options_of(commands.choices[name])
                assert option in own or option.split(".")[0] in fields, f"{path}: {command}"
                checked += 1
    assert checked > 5


def test_the_guides_show_every_command():
    shown = {words[0] for _, words in SHOWN}
    text = "".join(path.read_text() for path in TEXTS)
    assert {name for name in COMMANDS if f"spoofjax {name}" not in text} == set()
    assert len(shown) >= 7
