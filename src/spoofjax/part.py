"""The base of all configuration dataclasses."""

from __future__ import annotations

import dataclasses
from typing import Any


class Part:
    """Base of every configuration dataclass."""

    def replace(self, **changes: Any):
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]
