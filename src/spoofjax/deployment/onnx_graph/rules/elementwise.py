"""Primitives that treat each element by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spoofjax.deployment.onnx_graph.graph import Graph
from spoofjax.deployment.onnx_graph.types import onnx_type
from spoofjax.deployment.onnx_graph.value import Value, aligned, broadcast, constant
from spoofjax.errors import RunError

Names = Sequence[str]
Build = Callable[[Graph, Any, Names], str]

SAME = {
    "abs": "Abs",
    "add": "Add",
    "add_any": "Add",
    "ceil": "Ceil",
    "cos": "Cos",
    "div": "Div",
    "eq": "Equal",
    "erf": "Erf",
    "exp": "Exp",
    "floor": "Floor",
    "ge": "GreaterOrEqual",
    "gt": "Greater",
    "le": "LessOrEqual",
    "log": "Log",
    "logistic": "Sigmoid",
    "lt": "Less",
    "max": "Max",
    "min": "Min",
    "mul": "Mul",
    "neg": "Neg",
    "pow": "Pow",
    "sign": "Sign",
    "sin": "Sin",
    "sqrt": "Sqrt",
    "sub": "Sub",
    "tanh": "Tanh",
}
"""Primitives that are one operator of ONNX."""
LOGICAL = {"and": "And", "not": "Not", "or": "Or", "xor": "Xor"}


def _rule(build: Build) -> Callable[[Graph, Any, Sequence[Value]], list[Value]]:
    """Return the rule of a primitive whose result `build` names, given the names of its inputs."""

    def rule(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
        rank = len(equation.outvars[0].aval.shape)
        if all(value.is_constant for value in inputs):
            return [_computed(equation, inputs, rank)]
        names = [graph.name(value) for value in inputs]
        return [Value(build(graph, equation, names), broadcast(inputs, rank))]

    return rule


def _computed(equation: Any, inputs: Sequence[Value], rank: int) -> Value:
    """Return the result for constants, whose axes of size 1 stay as they are."""
    arrays = [np.reshape(value.data, aligned(value, rank)) for value in inputs]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    types = [variable.aval.dtype for variable in equation.invars]
    arrays = [
        np.broadcast_to(array, shape).astype(dtype)
        for array, dtype in zip(arrays, types, strict=True)
    ]
    return constant(equation.primitive.bind(*arrays, **equation.params))


def _operator(operator: str, **attributes: Any) -> Build:
    return lambda graph, equation, names: graph.add(operator, names, **attributes)


def _logical(operator: str) -> Build:
    def build(graph: Graph, equation: Any, names: Names) -> str:
        if equation.outvars[0].aval.dtype != np.bool_:
            raise RunError(
                f"This model computes {operator} of integers, which the ONNX export lacks."
            )
        return graph.add(operator, names)

    return build


def _scalar(graph: Graph, equation: Any, number: float) -> str:
    dtype = equation.outvars[0].aval.dtype
    return graph.constant(np.asarray(number, np.float32 if dtype.name == "bfloat16" else dtype))


def _not_equal(graph: Graph, equation: Any, names: Names) -> str:
    return graph.add("Not", [graph.add("Equal", names)])


def _rsqrt(graph: Graph, equation: Any, names: Names) -> str:
    return graph.add("Reciprocal", [graph.add("Sqrt", names)])


def _square(graph: Graph, equation: Any, names: Names) -> str:
    return graph.add("Mul", [names[0], names[0]])


def _integer_pow(graph: Graph, equation: Any, names: Names) -> str:
    power = equation.params["y"]
    if power == 2:
        return _square(graph, equation, names)
    return graph.add("Pow", [names[0], _scalar(graph, equation, power)])


def _log1p(graph: Graph, equation: Any, names: Names) -> str:
    return graph.add("Log", [graph.add("Add", [names[0], _scalar(graph, equation, 1)])])


def _expm1(graph: Graph, equation: Any, names: Names) -> str:
    return graph.add("Sub", [graph.add("Exp", names), _scalar(graph, equation, 1)])


def _is_finite(graph: Graph, equation: Any, names: Names) -> str:
    parts = [graph.add("IsNaN", names), graph.add("IsInf", names)]
    return graph.add("Not", [graph.add("Or", parts)])


def _clamp(graph: Graph, equation: Any, names: Names) -> str:
    low, x, high = names
    return graph.add("Min", [graph.add("Max", [x, low]), high])


def _cast(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    source, target = (v.aval.dtype for v in (equation.invars[0], equation.outvars[0]))
    if onnx_type(source) == onnx_type(target) and not inputs[0].is_constant:
        return list(inputs)
    to = onnx_type(target)
    return _rule(lambda graph, equation, names: graph.add("Cast", names, to=to))(
        graph, equation, inputs
    )


def _select(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    """Translate select_n, of which the second case is that of True."""
    condition, *cases = inputs
    if equation.invars[0].aval.dtype != np.bool_:
        raise RunError("This model selects among several cases, which the ONNX export lacks.")
    if condition.is_constant and len(np.unique(condition.data)) == 1:
        # A mask without any padding: one of the cases is the result.
        return [cases[int(np.ravel(condition.data)[0])]]
    is_bool = equation.outvars[0].aval.dtype == np.bool_
    return _rule(_choose_truth if is_bool else _where)(graph, equation, inputs)


def _where(graph: Graph, equation: Any, names: Names) -> str:
    condition, if_false, if_true = names
    return graph.add("Where", [condition, if_true, if_false])


def _choose_truth(graph: Graph, equation: Any, names: Names) -> str:
    # Where takes no truth values in onnxruntime.
    condition, if_false, if_true = names
    first = graph.add("And", [condition, if_true])
    second = graph.add("And", [graph.add("Not", [condition]), if_false])
    return graph.add("Or", [first, second])


RULES = {
    **{name: _rule(_operator(operator)) for name, operator in SAME.items()},
    **{name: _rule(_logical(operator)) for name, operator in LOGICAL.items()},
    "clamp": _rule(_clamp),
    "convert_element_type": _cast,
    "expm1": _rule(_expm1),
    "integer_pow": _rule(_integer_pow),
    "is_finite": _rule(_is_finite),
    "log1p": _rule(_log1p),
    "ne": _rule(_not_equal),
    "rem": _rule(_operator("Mod", fmod=1)),
    "round": _rule(_operator("Round")),
    "rsqrt": _rule(_rsqrt),
    "select_n": _select,
    "square": _rule(_square),
}
