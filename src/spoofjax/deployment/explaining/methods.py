"""The ways in which a score is attributed to cells, named without importing what computes them."""

from __future__ import annotations

from typing import Literal, get_args

Method = Literal["integrated_gradients", "grad_cam"]
METHODS: tuple[Method, ...] = get_args(Method)
"""The first is the default."""
