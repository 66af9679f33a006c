"""Text of files and corpora in Markdown and in pictures, where some characters are commands."""

from __future__ import annotations

import re

from spoofjax.errors import printable


def in_markdown(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line; `code` in backticks stays code."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:  # a backtick without a partner is no code
        return _escaped("`".join(parts)).replace("`", "\\`")
    return "`".join(part if n % 2 else _escaped(part) for n, part in enumerate(parts))


def in_table(text: str) -> str:
    """Return a text for one cell of a Markdown table, where '|' would begin the next cell."""
    return in_markdown(text).replace("|", "&#124;")


def in_picture(text: str) -> str:
    """Return a text that matplotlib draws as it is, instead of taking '$' for mathematics."""
    return printable(text).replace("$", r"\$")


def _escaped(text: str) -> str:
    text = re.sub(r"&(?=#?\w+;)", "&amp;", text)
    return text.replace("<", "&lt;").replace(">", "&gt;")
