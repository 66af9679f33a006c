"""Elements at indices that the program computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spoofjax.deployment.onnx_graph.graph import Graph
from spoofjax.deployment.onnx_graph.rules.shapes import sliced
from spoofjax.deployment.onnx_graph.types import onnx_type
from spoofjax.deployment.onnx_graph.value import Value
from spoofjax.errors import RunError


def _gather(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    """Translate a gather: one slice at a place that is known, or slices at computed indices."""
    place = inputs[1]
    if isinstance(place.data, np.ndarray) and place.data.ndim == 1:
        return _one_slice(graph, equation, inputs[0], place.data)
    if _is_along_one_axis(equation):
        return _along_one_axis(graph, equation, inputs)
    return _many_slices(graph, equation, inputs)


def _is_along_one_axis(equation: Any) -> bool:
    """Whether a gather picks elements of one axis, with the indices where the axis was."""
    numbers, sizes = equation.params["dimension_numbers"], equation.params["slice_sizes"]
    operand, indices = (variable.aval.shape for variable in equation.invars)
    if len(numbers.start_index_map) != 1 or numbers.operand_batching_dims:
        return False
    (axis,) = numbers.start_index_map
    rank = len(operand) + len(indices) - 2
    expected = (*range(axis), *range(axis + len(indices) - 1, rank))
    is_whole = all(size == operand[k] for k, size in enumerate(sizes) if k != axis)
    return (
        tuple(numbers.collapsed_slice_dims) == (axis,)
        and tuple(numbers.offset_dims) == expected
        and is_whole
    )


def _along_one_axis(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    (axis,) = equation.params["dimension_numbers"].start_index_map
    operand, indices = (variable.aval.shape for variable in equation.invars)
    index = graph.add("Squeeze", [graph.full(inputs[1], indices), graph.integers(-1)])
    x = graph.add("Gather", [graph.full(inputs[0], operand), index], axis=int(axis))
    return [Value(x, equation.outvars[0].aval.shape)]


def _one_slice(graph: Graph, equation: Any, value: Value, place: np.ndarray) -> list[Value]:
    """Translate x[:, 3] or x[:, 3:5], which jax writes as a gather where a size is symbolic."""
    params = equation.params
    numbers = params["dimension_numbers"]
    shape = equation.invars[0].aval.shape
    cuts = []
    for axis, start in zip(numbers.start_index_map, place, strict=True):
        size = params["slice_sizes"][axis]
        if size != shape[axis]:
            first = min(max(int(start), 0), shape[axis] - size)
            cuts.append((int(axis), first, first + size, 1))
    x = graph.full(value, shape)
    x = sliced(graph, x, cuts) if cuts else x
    if numbers.collapsed_slice_dims:
        x = graph.add("Squeeze", [x, graph.integers(*map(int, numbers.collapsed_slice_dims))])
    return [Value(x, equation.outvars[0].aval.shape)]


def _many_slices(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    """Translate a gather that picks whole slices after leading axes, such as take_along_axis.

    The indices must lie within the axis; those of our models do.
    """
    params = equation.params
    operand, indices = (variable.aval.shape for variable in equation.invars)
    numbers = params["dimension_numbers"]
    batches = len(numbers.operand_batching_dims)
    picked = len(numbers.start_index_map)
    leading = tuple(range(batches + picked))
    rest = len(operand) - len(leading)
    outputs = len(equation.outvars[0].aval.shape)
    is_covered = (
        tuple(numbers.operand_batching_dims) == leading[:batches]
        and tuple(numbers.start_indices_batching_dims) == leading[:batches]
        and tuple(numbers.start_index_map) == leading[batches:]
        and tuple(numbers.collapsed_slice_dims) == leading[batches:]
        and tuple(numbers.offset_dims) == tuple(range(outputs - rest, outputs))
        and tuple(params["slice_sizes"][len(leading) :]) == tuple(operand[len(leading) :])
    )
    if not is_covered:
        raise RunError(f"The ONNX export does not cover this kind of indexing: {numbers}.")
    x = graph.full(inputs[0], operand)
    index = graph.add("Cast", [graph.full(inputs[1], indices)], to=onnx_type("int64"))
    data = graph.add("GatherND", [x, index], batch_dims=batches)
    return [Value(data, equation.outvars[0].aval.shape)]


RULES = {"gather": _gather}
