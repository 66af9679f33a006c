"""Matrix products and convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spoofjax.deployment.onnx_graph.graph import Graph
from spoofjax.deployment.onnx_graph.rules.shapes import reshaped
from spoofjax.deployment.onnx_graph.value import Dims, Value
from spoofjax.errors import RunError


def transposed(graph: Graph, value: Value, shape: Dims, order: Sequence[int]) -> Value:
    """Return a value of this shape with its axes in another order."""
    dims = tuple(shape[axis] for axis in order)
    if list(order) == list(range(len(shape))):
        return Value(graph.full(value, shape), dims)
    if isinstance(value.data, np.ndarray) and value.dims == tuple(shape):
        return Value(np.transpose(value.data, order), dims)
    name = graph.add("Transpose", [graph.full(value, shape)], perm=list(map(int, order)))
    return Value(name, dims)


def _dot_general(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    (contracted, batched) = equation.params["dimension_numbers"]
    shapes = [variable.aval.shape for variable in equation.invars]
    result = equation.outvars[0].aval.shape
    left, right = inputs
    if (
        not batched[0]
        and tuple(contracted[0]) == (len(shapes[0]) - 1,)
        and tuple(contracted[1]) == (0,)
        and len(shapes[1]) == 2
    ):
        # What x @ matrix is, for any number of axes of x.
        names = [graph.full(left, shapes[0]), graph.full(right, shapes[1])]
        return [Value(graph.add("MatMul", names), result)]
    free = [
        [axis for axis in range(len(shape)) if axis not in (*batched[side], *contracted[side])]
        for side, shape in enumerate(shapes)
    ]
    rows = _as_matrices(graph, left, shapes[0], batched[0], free[0], contracted[0])
    columns = _as_matrices(graph, right, shapes[1], batched[1], contracted[1], free[1])
    product = graph.add("MatMul", [rows, columns])
    if len(free[0]) == len(free[1]) == 1:
        return [Value(product, result)]
    before = (*(shapes[0][axis] for axis in batched[0]), None, None)
    return [Value(reshaped(graph, product, before, result), result)]


def _as_matrices(
    graph: Graph,
    value: Value,
    shape: Dims,
    batched: Sequence[int],
    rows: Sequence[int],
    columns: Sequence[int],
) -> str:
    """Return the name of a value as (batch axes, rows, columns), each of the two as one axis."""
    order = [*batched, *rows, *columns]
    x = transposed(graph, value, shape, order)
    if len(rows) == len(columns) == 1:
        return graph.name(x)
    sizes = [_product(shape, axes) for axes in (rows, columns)]
    return reshaped(graph, graph.name(x), x.dims, (*x.dims[: len(batched)], *sizes))


def _product(shape: Dims, axes: Sequence[int]) -> Any:
    size: Any = 1
    for axis in axes:
        size = size * shape[axis]
    return size


def _convolution(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    """Translate a convolution; ONNX has channels first, our models have them last."""
    params = equation.params
    numbers = params["dimension_numbers"]
    if any(step != 1 for step in params["lhs_dilation"]) or params["batch_group_count"] != 1:
        raise RunError("The ONNX export does not cover transposed convolutions.")
    shapes = [variable.aval.shape for variable in equation.invars]
    x = transposed(graph, inputs[0], shapes[0], numbers.lhs_spec)
    kernel = transposed(graph, inputs[1], shapes[1], numbers.rhs_spec)
    padding = params["padding"]
    y = graph.add(
        "Conv",
        [graph.name(x), graph.name(kernel)],
        kernel_shape=[int(n) for n in kernel.dims[2:]],
        pads=[int(low) for low, _ in padding] + [int(high) for _, high in padding],
        strides=[int(n) for n in params["window_strides"]],
        dilations=[int(n) for n in params["rhs_dilation"]],
        group=int(params["feature_group_count"]),
    )
    result = equation.outvars[0].aval.shape
    first = tuple(result[axis] for axis in numbers.out_spec)
    back = [int(axis) for axis in np.argsort(numbers.out_spec)]
    return [transposed(graph, Value(y, first), first, back)]


RULES = {"conv_general_dilated": _convolution, "dot_general": _dot_general}
