"""Plain values to HTML by the templates of this package."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return a template with its values as HTML. Text is escaped, so no name can break the page."""
    return _environment().get_template(template).render(values)


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("spoofjax.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawing"] = _drawing
    return environment


def _drawing(figure: Mapping[str, Any]) -> Any:
    """Return a figure with its caption as SVG that is not escaped."""
    from markupsafe import Markup

    from spoofjax.report.inline import svg

    return Markup(svg(figure["figure"], figure["caption"]))
