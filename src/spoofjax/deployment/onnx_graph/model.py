"""A jax function as an ONNX model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax

from spoofjax.deployment.onnx_graph.graph import Graph
from spoofjax.deployment.onnx_graph.interpret import interpret
from spoofjax.deployment.onnx_graph.types import declared
from spoofjax.deployment.onnx_graph.value import Value

OPSET = 17
"""Version of the operators: old enough for onnxruntime-web, new enough for all that is used."""
IR = 8
"""Version of the file format that belongs to it."""


def to_onnx(
    function: Callable, inputs: Mapping[str, jax.ShapeDtypeStruct], outputs: Sequence[str]
) -> Any:
    """Return the onnx.ModelProto of a function of arrays.

    `inputs` are its arguments by name; their sizes may be symbols of jax.export, such as a batch
    size. `outputs` names its results. Constants are stored once, and what depends on them alone is
    computed here. Raises RunError for a primitive that has no rule.
    """
    from onnx import checker, helper

    program = jax.jit(function).trace(*inputs.values()).jaxpr
    symbols = {
        str(size): (name, axis)
        for name, spec in inputs.items()
        for axis, size in enumerate(spec.shape)
        if not isinstance(size, int)
    }
    graph = Graph(interpret, symbols)
    values = [Value(name, spec.shape) for name, spec in inputs.items()]
    results = interpret(graph, program, values)
    for name, result, variable in zip(outputs, results, program.jaxpr.outvars, strict=True):
        source = graph.full(result, variable.aval.shape)
        graph.nodes.append(helper.make_node("Identity", [source], [name], name=name))
    nodes = graph.needed(outputs)
    proto = helper.make_graph(
        nodes,
        "spoofjax",
        declared(inputs.items()),
        declared(zip(outputs, (v.aval for v in program.jaxpr.outvars), strict=True)),
        graph.initializers(nodes),
    )
    model = helper.make_model(
        proto,
        producer_name="spoofjax",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
    )
    checker.check_model(model)
    return model
