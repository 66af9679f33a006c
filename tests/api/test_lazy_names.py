"""`import spoofjax` is light, and offers what the package exports under short names."""

import ast
import subprocess
import sys

import pytest

import spoofjax


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, spoofjax; print([m for m in ('numpy', 'jax', 'tyro') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_every_name_means_something():
    for name in spoofjax.__all__:
        assert getattr(spoofjax, name) is not None
        assert name in dir(spoofjax)


def test_type_checkers_see_the_same_names(repository):
    tree = ast.parse((repository / "src/spoofjax/__init__.py").read_text())
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == spoofjax._HOMES


@pytest.mark.parametrize(
    "package", ["features", "corpora", "models", "training.losses", "audio.augmentation"]
)
def test_all_parts_of_an_experiment_are_among_them(package):
    from importlib import import_module

    from spoofjax.part import Part

    module = import_module(f"spoofjax.{package}")
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, type) and issubclass(value, Part):
            assert getattr(spoofjax, name) is value


def test_a_mistyped_name_brings_the_nearest():
    with pytest.raises(AttributeError, match="Did you mean LFCC"):
        spoofjax.LFC  # noqa: B018


def test_a_front_end_turns_samples_into_frames():
    import numpy as np

    frames = spoofjax.LFCC()(np.zeros((1, 16_000), np.float32))
    assert frames.shape[::2] == (1, 60)
