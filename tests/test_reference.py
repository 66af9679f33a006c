"""The reference of `import spoofjax` is complete, and builds without warnings."""

import inspect
import subprocess
import sys

import pytest

import spoofjax

PUBLIC = {name: getattr(spoofjax, name) for name in spoofjax.__all__ if name != "__version__"}


def public_methods(part):
    """The functions and properties that spoofjax defines in a class or its bases, by name."""
    for base in inspect.getmro(part):
        for name, value in vars(base).items():
            is_method = isinstance(value, (property, classmethod, staticmethod))
            is_method = is_method or inspect.isfunction(value)
            is_public = name == "__call__" or not name.startswith("_")
            if is_method and is_public and base.__module__.startswith("spoofjax."):
                yield name


def test_every_public_name_has_a_docstring():
    # A dataclass without one gets its signature in place of it.
    undocumented = {
        name
        for name, value in PUBLIC.items()
        if not value.__doc__ or value.__doc__.startswith(f"{name}(")
    }
    assert undocumented == set()


def test_every_public_method_has_a_docstring():
    methods = [
        (part, method)
        for part in PUBLIC.values()
        if inspect.isclass(part)
        for method in public_methods(part)
    ]
    assert len(methods) > 100
    undocumented = {
        f"{part.__name__}.{method}"
        for part, method in methods
        if not inspect.getdoc(getattr(part, method))
    }
    assert undocumented == set()


@pytest.mark.slow
def test_the_reference_builds_without_warnings(repository, tmp_path):
    pytest.importorskip("pdoc")
    program = [sys.executable, "-W", "error", str(repository / "docs/reference/build.py")]
    done = subprocess.run([*program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "index.html").is_file()
    page = (tmp_path / "spoofjax.html").read_text()
    entries = {*PUBLIC, "Detector.__call__", "LFCC.window", "ASVspoof5.manifest"}
    assert {name for name in entries if f'id="{name}"' not in page} == set()
