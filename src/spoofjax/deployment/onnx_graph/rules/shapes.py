"""Primitives that move elements without computing with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spoofjax.deployment.onnx_graph.graph import Graph
from spoofjax.deployment.onnx_graph.types import onnx_type
from spoofjax.deployment.onnx_graph.value import Dims, Value, is_one
from spoofjax.errors import RunError


def _unchanged(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    return list(inputs)


def _reshape(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    before, after = (v.aval.shape for v in (equation.invars[0], equation.outvars[0]))
    x = graph.full(inputs[0], before)
    return [Value(reshaped(graph, x, before, after), after)]


def reshaped(graph: Graph, x: str, before: Dims, after: Dims) -> str:
    """Return the name of `x` in another shape.

    Raises RunError where more than one size of it would have to be computed from the others.
    """
    target, is_inferred = [], False
    for axis, size in enumerate(after):
        if isinstance(size, int):
            target.append(size)
        elif axis < len(before) and before[axis] == size:
            target.append(0)  # the size of the same axis before
        elif not is_inferred:
            target.append(-1)
            is_inferred = True
        else:
            raise RunError(f"The ONNX export cannot reshape {before} to {after}.")
    return graph.add("Reshape", [x, graph.integers(*target)])


def _transpose(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    order = [int(axis) for axis in equation.params["permutation"]]
    (x,) = inputs
    dims = tuple(x.dims[axis] for axis in order)
    if isinstance(x.data, np.ndarray):
        return [Value(x.data.transpose(order), dims)]
    return [Value(graph.add("Transpose", [x.data], perm=order), dims)]


def _broadcast_in_dim(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    """Insert axes of size 1; operators repeat them where they meet longer ones."""
    x = inputs[0]
    axes = equation.params["broadcast_dimensions"]
    rank = len(equation.params["shape"])
    dims = [1] * rank
    for axis, size in zip(axes, x.dims, strict=True):
        dims[axis] = size
    if isinstance(x.data, np.ndarray):
        return [Value(x.data.reshape(dims), tuple(dims))]
    new = [axis for axis in range(rank) if axis not in axes]
    data = graph.add("Unsqueeze", [x.data, graph.integers(*new)]) if new else x.data
    return [Value(data, tuple(dims))]


def _squeeze(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    axes = [int(axis) for axis in equation.params["dimensions"]]
    (x,) = inputs
    dims = tuple(size for axis, size in enumerate(x.dims) if axis not in axes)
    if isinstance(x.data, np.ndarray):
        return [Value(x.data.reshape(dims), dims)]
    return [Value(graph.add("Squeeze", [x.data, graph.integers(*axes)]), dims)]


def _concatenate(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    parts = [
        graph.full(value, variable.aval.shape)
        for value, variable in zip(inputs, equation.invars, strict=True)
    ]
    data = graph.add("Concat", parts, axis=int(equation.params["dimension"]))
    return [Value(data, equation.outvars[0].aval.shape)]


def _stack(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    axis = graph.integers(int(equation.params["axis"]))
    parts = [
        graph.add("Unsqueeze", [graph.full(value, variable.aval.shape), axis])
        for value, variable in zip(inputs, equation.invars, strict=True)
    ]
    data = graph.add("Concat", parts, axis=int(equation.params["axis"]))
    return [Value(data, equation.outvars[0].aval.shape)]


def _unstack(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    axis, count = int(equation.params["axis"]), len(equation.outvars)
    x = graph.full(inputs[0], equation.invars[0].aval.shape)
    parts = graph.add_many("Split", [x, graph.integers(*[1] * count)], count, axis=axis)
    return [
        Value(graph.add("Squeeze", [part, graph.integers(axis)]), variable.aval.shape)
        for part, variable in zip(parts, equation.outvars, strict=True)
    ]


def _split(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    sizes, axis = equation.params["sizes"], int(equation.params["axis"])
    x = graph.full(inputs[0], equation.invars[0].aval.shape)
    names = graph.add_many("Split", [x, graph.integers(*sizes)], len(sizes), axis=axis)
    return [
        Value(name, variable.aval.shape)
        for name, variable in zip(names, equation.outvars, strict=True)
    ]


def _slice(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    params, shape = equation.params, equation.invars[0].aval.shape
    steps = params["strides"] or (1,) * len(shape)
    cuts = []
    for axis, (start, limit, step) in enumerate(
        zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    ):
        is_to_the_end = limit == shape[axis]
        if is_one(step) and start == 0 and is_to_the_end:
            continue
        cuts.append((axis, start, np.iinfo(np.int64).max if is_to_the_end else limit, step))
    dims = equation.outvars[0].aval.shape
    if not cuts:
        return list(inputs)
    if not all(isinstance(number, int) for cut in cuts for number in cut):
        raise RunError(f"The ONNX export cannot cut {shape} to {dims}.")
    return [Value(sliced(graph, graph.full(inputs[0], shape), cuts), dims)]


def sliced(graph: Graph, x: str, cuts: Sequence[tuple[int, int, int, int]]) -> str:
    """Return the name of a part of `x`; each cut is (axis, start, limit, step)."""
    axes, starts, limits, steps = (graph.integers(*column) for column in zip(*cuts, strict=True))
    return graph.add("Slice", [x, starts, limits, axes, steps])


def _dynamic_slice(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    x, *starts = inputs
    shape, sizes = equation.invars[0].aval.shape, equation.params["slice_sizes"]
    if not all(start.is_constant for start in starts):
        raise RunError("The ONNX export cannot cut at places that depend on the input.")
    cuts = []
    for axis, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        if size != shape[axis]:
            first = min(max(int(np.ravel(start.data)[0]), 0), shape[axis] - size)
            cuts.append((axis, first, first + size, 1))
    whole = graph.full(x, shape)
    return [Value(sliced(graph, whole, cuts) if cuts else whole, equation.outvars[0].aval.shape)]


def _rev(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    limits = np.iinfo(np.int64)
    cuts = [(int(axis), -1, limits.min, -1) for axis in equation.params["dimensions"]]
    shape = equation.outvars[0].aval.shape
    return [Value(sliced(graph, graph.full(inputs[0], shape), cuts), shape)]


def _pad(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    config = equation.params["padding_config"]
    if any(inner for _, _, inner in config):
        raise RunError("The ONNX export cannot pad between elements.")
    x = graph.full(inputs[0], equation.invars[0].aval.shape)
    sides = [low for low, _, _ in config] + [high for _, high, _ in config]
    data = graph.add("Pad", [x, graph.integers(*sides), graph.name(inputs[1])])
    return [Value(data, equation.outvars[0].aval.shape)]


def _iota(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    shape, axis = equation.params["shape"], equation.params["dimension"]
    size, dtype = shape[axis], equation.params["dtype"]
    dims = tuple(size if k == axis else 1 for k in range(len(shape)))
    if isinstance(size, int):
        return [Value(np.arange(size, dtype=dtype).reshape(dims), dims)]
    end = graph.add("Squeeze", [graph.size(size)])
    zero, one = (graph.constant(np.asarray(n, np.int64)) for n in (0, 1))
    numbers = graph.add("Cast", [graph.add("Range", [zero, end, one])], to=onnx_type(dtype))
    target = [-1 if k == axis else 1 for k in range(len(shape))]
    return [Value(graph.add("Reshape", [numbers, graph.integers(*target)]), dims)]


def _dim_as_value(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    size = graph.add("Squeeze", [graph.size(equation.params["dim"])])
    to = onnx_type(equation.outvars[0].aval.dtype)
    return [Value(graph.add("Cast", [size], to=to), ())]


RULES = {
    "broadcast_in_dim": _broadcast_in_dim,
    "concatenate": _concatenate,
    "copy": _unchanged,
    "copy_p": _unchanged,
    "dim_as_value": _dim_as_value,
    "dynamic_slice": _dynamic_slice,
    "iota": _iota,
    "name": _unchanged,
    "optimization_barrier": _unchanged,
    "pad": _pad,
    "reshape": _reshape,
    "rev": _rev,
    "slice": _slice,
    "split": _split,
    "squeeze": _squeeze,
    "stack": _stack,
    "stop_gradient": _unchanged,
    "transpose": _transpose,
    "unstack": _unstack,
}
