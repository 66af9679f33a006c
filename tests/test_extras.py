"""Optional dependencies: each extra is used by the package and tested, and none is missing."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

IMPORT = re.compile(
    r"^ *(?:from (\w+)[\w.]* import|import (\w+)[\w.]*(?: as \w+)?(?:  #.*)?$)", re.MULTILINE
)
"""A line that imports something."""
FOR_DEVELOPERS = {"test", "dev", "bench", "docs"}
"""Extras that the package itself does not use."""
BROUGHT = {"markupsafe", "jaxlib", "h11"}
"""What is imported and comes with another package: jinja2, jax and uvicorn."""
PLUGINS = {"websockets"}
"""What another package, here uvicorn, imports where it is installed."""
IMPORTED_AS = {
    "orbax-checkpoint": "orbax",
    "array-record": "array_record",
    "pyworld-prebuilt": "pyworld",
    "pyyaml": "yaml",
}
"""The names of packages that are imported under another name than their own."""


@pytest.fixture(scope="module")
def project(repository) -> dict:
    return tomllib.loads((repository / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def imported(repository) -> set[str]:
    """The packages that a file under src/ imports, at its head or within a function."""
    return names_in(repository / "src")


def names_in(folder: Path) -> set[str]:
    """The first parts of the names of all modules that the Python files of a folder import."""
    texts = [path.read_text() for path in sorted(folder.rglob("*.py"))]
    return {name for text in texts for pair in IMPORT.findall(text) for name in pair if name}


def module_of(requirement: str) -> str:
    """The module that a requirement such as 'jax>=0.10' brings."""
    [name] = re.findall(r"^[\w.-]+", requirement)
    return IMPORTED_AS.get(name, name)


def test_every_extra_is_used_by_the_package(project, imported):
    extras = project["optional-dependencies"]
    unused = {
        f"{extra}: {requirement}"
        for extra in extras.keys() - FOR_DEVELOPERS
        for requirement in extras[extra]
        if module_of(requirement) not in imported | PLUGINS
    }
    assert unused == set()


def test_every_extra_is_tested(project, repository):
    extras = project["optional-dependencies"]
    tests = "".join(path.read_text() for path in sorted((repository / "tests").rglob("*.py")))
    untested = {
        extra
        for extra in extras.keys() - FOR_DEVELOPERS
        if not any(re.search(rf"\b{module_of(name)}\b", tests) for name in extras[extra])
    }
    assert untested == set()


def test_every_package_that_is_imported_is_a_dependency_or_an_extra(project, imported):
    extras = project["optional-dependencies"]
    listed = [*project["dependencies"], *(r for extra in extras for r in extras[extra])]
    own = {*sys.stdlib_module_names, "spoofjax", *map(module_of, listed)}
    assert imported - own - BROUGHT == set()
