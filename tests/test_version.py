"""The version is the same for pip, for Python and for the command line."""

import re
import tomllib
from importlib import metadata

import pytest

import spoofjax
from spoofjax import version as module
from spoofjax.cli import main


@pytest.fixture
def stated(repository) -> str:
    return tomllib.loads((repository / "pyproject.toml").read_text())["project"]["version"]


def test_a_checkout_that_is_not_installed_has_its_version(stated, repository, monkeypatch):
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    # The package under test may be an installed one, which is not in the checkout.
    monkeypatch.setattr(module, "PYPROJECT", repository / "pyproject.toml")
    assert module.version() == stated


def test_the_command_line_prints_it(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"spoofjax {spoofjax.__version__}\n"
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", spoofjax.__version__)
