"""Loops over time: any scan, and the LSTM, which ONNX has as one operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spoofjax.deployment.onnx_graph.graph import Graph
from spoofjax.deployment.onnx_graph.types import declared, onnx_type
from spoofjax.deployment.onnx_graph.value import Value

LSTM = "lstm"
"""The name of the function of models/layers/recurrent.py that ONNX has as an operator."""


def _scan(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    """Translate a scan to ONNX's Scan, whose body is a graph of its own."""
    params = equation.params
    body_program, is_reversed = params["jaxpr"], params["reverse"]
    first, carries = params["num_consts"], params["num_carry"]
    shapes = [variable.aval.shape for variable in equation.invars]
    outer = [graph.full(value, shape) for value, shape in zip(inputs, shapes, strict=True)][first:]
    if len(outer) == carries:  # nothing runs along the loop, but Scan needs its length
        outer.append(graph.constant(np.zeros(params["length"], np.float32)))

    body = graph.child()
    arguments = [(body.new_name("carry"), v.aval) for v in body_program.jaxpr.invars[first:]]
    values = [Value(name, aval.shape) for name, aval in arguments]
    results = body.interpret(body, body_program, [*inputs[:first], *values])
    outputs = [
        (body.add("Identity", [body.full(value, variable.aval.shape)]), variable.aval)
        for value, variable in zip(results, body_program.jaxpr.outvars, strict=True)
    ]
    if len(outer) > len(arguments):
        arguments.append((body.new_name("step"), np.zeros((), np.float32)))
    # ONNX takes no empty list of directions, which a scan without outputs would have.
    directions = {
        key: [int(is_reversed)] * count
        for key, count in (
            ("scan_input_directions", len(outer) - carries),
            ("scan_output_directions", len(outputs) - carries),
        )
        if count
    }
    names = graph.add_many(
        "Scan",
        outer,
        len(outputs),
        body=body.as_body(declared(arguments), declared(outputs)),
        num_scan_inputs=len(outer) - carries,
        **directions,
    )
    return [
        Value(name, variable.aval.shape)
        for name, variable in zip(names, equation.outvars, strict=True)
    ]


def is_lstm(equation: Any, inputs: Sequence[Value]) -> bool:
    """Whether an equation is a call of layers.recurrent.lstm with weights that are known."""
    if equation.primitive.name != "custom_vjp_call":
        return False
    function = equation.params["call_jaxpr"].jaxpr.debug_info.func_name
    return function == LSTM and all(value.is_constant for value in inputs[1:4])


def translated_lstm(graph: Graph, equation: Any, inputs: Sequence[Value]) -> list[Value]:
    """Translate layers.recurrent.lstm, of which the scan is one equation, to ONNX's LSTM."""
    program = equation.params["call_jaxpr"].jaxpr
    (is_reversed,) = (
        inner.params["reverse"] for inner in program.eqns if inner.primitive.name == "scan"
    )
    kernel, recurrent, bias = (_in_order(value) for value in inputs[1:4])
    x = graph.full(inputs[0], equation.invars[0].aval.shape)
    names = [
        x,
        graph.constant(kernel.T[None]),
        graph.constant(recurrent.T[None]),
        graph.constant(np.concatenate([bias, np.zeros_like(bias)])[None]),
    ]
    if len(inputs) == 5 and not (inputs[4].is_constant and np.all(inputs[4].data)):
        # The mask (frames, batch, 1) is true before each utterance's end.
        mask = graph.full(inputs[4], equation.invars[4].aval.shape)
        steps = graph.add("Cast", [mask], to=onnx_type(np.int32))
        names.append(graph.add("ReduceSum", [steps, graph.integers(0, 2)], keepdims=0))
    y = graph.add(
        "LSTM",
        names,
        hidden_size=recurrent.shape[0],
        direction="reverse" if is_reversed else "forward",
    )
    y = graph.add("Squeeze", [y, graph.integers(1)])
    return [Value(y, equation.outvars[0].aval.shape)]


def _in_order(weights: Value) -> np.ndarray:
    """Return weights (..., 4 units) with the gates in ONNX's order i, o, f, c."""
    assert isinstance(weights.data, np.ndarray)
    i, f, g, o = np.split(weights.data, 4, axis=-1)
    return np.concatenate([i, o, f, g], axis=-1)


RULES = {"scan": _scan}
