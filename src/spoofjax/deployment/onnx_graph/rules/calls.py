"""Calls of functions that ONNX has as one operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax

from spoofjax.deployment.onnx_graph.graph import Graph
from spoofjax.deployment.onnx_graph.rules.recurrence import is_lstm, translated_lstm
from spoofjax.deployment.onnx_graph.value import Value


def rule_of_call(equation: Any, inputs: Sequence[Value]) -> Callable | None:
    """Return the rule of a call; None where the function's own equations are to be translated."""
    if is_lstm(equation, inputs):
        return translated_lstm
    if equation.params.get("name") == jax.nn.selu.__name__ and not inputs[0].is_constant:
        return _selu
    return None


def _selu(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    # The operator's own constants are those of jax.
    return [Value(graph.add("Selu", [graph.name(inputs[0])]), inputs[0].dims)]
