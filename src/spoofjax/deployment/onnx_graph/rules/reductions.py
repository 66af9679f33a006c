"""Primitives that combine the elements along axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spoofjax.deployment.onnx_graph.graph import Graph
from spoofjax.deployment.onnx_graph.types import onnx_type
from spoofjax.deployment.onnx_graph.value import Value

Rule = Callable[[Graph, Any, Sequence[Value]], list[Value]]


def _operand(graph: Graph, equation: Any, inputs: Sequence[Value]) -> str:
    return graph.full(inputs[0], equation.invars[0].aval.shape)


def _result(equation: Any, name: str) -> list[Value]:
    return [Value(name, equation.outvars[0].aval.shape)]


def _sum(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    axes = graph.integers(*map(int, equation.params["axes"]))
    x = _operand(graph, equation, inputs)
    return _result(equation, graph.add("ReduceSum", [x, axes], keepdims=0))


def _reduction(operator: str) -> Rule:
    def rule(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
        axes = [int(axis) for axis in equation.params["axes"]]
        x = _operand(graph, equation, inputs)
        return _result(equation, graph.add(operator, [x], axes=axes, keepdims=0))

    return rule


def _of_truth(operator: str) -> Rule:
    """Return the rule of any (ReduceMax) or all (ReduceMin), which ONNX has for numbers only."""

    def rule(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
        axes = [int(axis) for axis in equation.params["axes"]]
        x = graph.add("Cast", [_operand(graph, equation, inputs)], to=onnx_type(np.int32))
        x = graph.add(operator, [x], axes=axes, keepdims=0)
        return _result(equation, graph.add("Cast", [x], to=onnx_type(np.bool_)))

    return rule


def _index_of(operator: str) -> Rule:
    def rule(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
        (axis,) = equation.params["axes"]
        x = _operand(graph, equation, inputs)
        index = graph.add(operator, [x], axis=int(axis), keepdims=0)
        to = onnx_type(equation.outvars[0].aval.dtype)
        return _result(equation, graph.add("Cast", [index], to=to))

    return rule


def _cumsum(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    axis = graph.constant(np.asarray(equation.params["axis"], np.int64))
    x = _operand(graph, equation, inputs)
    reverse = int(equation.params["reverse"])
    return _result(equation, graph.add("CumSum", [x, axis], reverse=reverse))


def _top_k(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    x = _operand(graph, equation, inputs)
    count = graph.integers(int(equation.params["k"]))
    values, indices = graph.add_many("TopK", [x, count], 2, axis=-1, largest=1, sorted=1)
    to = onnx_type(equation.outvars[1].aval.dtype)
    names = (values, graph.add("Cast", [indices], to=to))
    return [
        Value(name, variable.aval.shape)
        for name, variable in zip(names, equation.outvars, strict=True)
    ]


RULES = {
    "argmax": _index_of("ArgMax"),
    "argmin": _index_of("ArgMin"),
    "cumsum": _cumsum,
    "reduce_and": _of_truth("ReduceMin"),
    "reduce_max": _reduction("ReduceMax"),
    "reduce_min": _reduction("ReduceMin"),
    "reduce_or": _of_truth("ReduceMax"),
    "reduce_prod": _reduction("ReduceProd"),
    "reduce_sum": _sum,
    "top_k": _top_k,
}
