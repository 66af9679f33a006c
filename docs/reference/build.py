"""Build the reference of `import spoofjax` from its docstrings: python docs/reference/build.py OUT

Needs pdoc: pip install 'spoofjax[docs]'. OUT/index.html is the page to open.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
from pathlib import Path
from typing import get_type_hints

import pdoc

import spoofjax
from spoofjax.api import detection, metrics


class ArrayLike:
    """Stands for numpy.typing.ArrayLike, which pdoc would show as a union of private classes."""

    __module__ = "numpy.typing"


def build(folder: Path) -> None:
    """Write the reference of all public names to a folder, as HTML."""
    for name in spoofjax.__all__:
        value = getattr(spoofjax, name)
        if inspect.isclass(value) and dataclasses.is_dataclass(value):
            resolve_fields(value)
    for module in (detection, metrics):
        vars(module)["ArrayLike"] = ArrayLike
    templates = Path(__file__).resolve().parent
    pdoc.render.configure(docformat="markdown", show_source=False, template_directory=templates)
    pdoc.pdoc("spoofjax", output_directory=folder)


def resolve_fields(part: type) -> None:
    """Give the constructor of a dataclass the types of its fields instead of their names.

    pdoc looks up these names in the module of the class, but those of inherited fields may be known
    only in the module of the base class.
    """
    types = get_type_hints(part)
    annotations = part.__init__.__annotations__
    part.__init__.__annotations__ = {name: types.get(name) for name in annotations}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the reference of `import spoofjax`.")
    parser.add_argument("out", type=Path, help="the folder to write")
    build(parser.parse_args().out)
