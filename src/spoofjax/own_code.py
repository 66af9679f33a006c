"""Python files of the user: configurations, and parts of experiments that they define.

A file my_parts.py runs as the module own.my_parts. A run whose model is defined there records the
class as own.my_parts.MyModel, and is read only where the user names the file again: no run folder
makes code run.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

from spoofjax.errors import ConfigError

PACKAGE = "own"


def module_name(path: Path) -> str:
    """Return the name of the module that a file runs as."""
    return f"{PACKAGE}.{path.stem}"


def is_own(module: str) -> bool:
    """Whether a module, by its name, is a file of the user."""
    return module.partition(".")[0] == PACKAGE


def run_file(path: Path) -> dict[str, Any]:
    """Run a Python file and return what it defines; its classes can be read from JSON from now on.

    Raises ConfigError where the file is missing or raises an error.
    """
    name = module_name(path)
    module = types.ModuleType(name)
    module.__file__ = str(path)
    earlier = sys.modules.get(name)
    # Dataclasses look up their module while the file runs.
    sys.modules[name] = module
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
    except Exception as error:
        del sys.modules[name]
        if earlier is not None:
            sys.modules[name] = earlier
        raise ConfigError(f"{path}: {type(error).__name__}: {error}") from error
    return vars(module)


def own_class(module: str, name: str) -> Any:
    """Return what a file of the user defines. Raises ConfigError unless the file has been run."""
    if module not in sys.modules:
        file = module.partition(".")[2]
        raise ConfigError(
            f"{name} is a class of your own file {file}.py. Name that file: --code {file}.py"
        )
    if not hasattr(sys.modules[module], name):
        raise ConfigError(f"{sys.modules[module].__file__} defines no {name}.")
    return getattr(sys.modules[module], name)
