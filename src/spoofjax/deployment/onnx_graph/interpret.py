"""A jax program as nodes of a graph, one equation after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax.extend import core

from spoofjax.deployment.onnx_graph.graph import Graph
from spoofjax.deployment.onnx_graph.rules import RULES, elementwise
from spoofjax.deployment.onnx_graph.rules.calls import rule_of_call
from spoofjax.deployment.onnx_graph.value import Value, constant, is_static
from spoofjax.errors import RunError

INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")
"""Parameters that hold the program of an equation which only calls it."""
COMPACT = {*elementwise.RULES, "broadcast_in_dim", "squeeze", "transpose"}
"""Primitives whose rules take constants, without repeating them along axes of size 1."""


def interpret(graph: Graph, program: Any, inputs: Sequence[Value]) -> list[Value]:
    """Add the nodes of a closed jaxpr to a graph; return the values of its outputs.

    What depends on constants alone is computed at once. Raises RunError for a primitive without a
    rule.
    """
    jaxpr = program.jaxpr
    values = dict(zip(jaxpr.constvars, map(constant, program.consts), strict=True))
    values.update(zip(jaxpr.invars, inputs, strict=True))

    def read(atom: Any) -> Value:
        return constant(atom.val) if isinstance(atom, core.Literal) else values[atom]

    outer = graph.scope
    for equation in jaxpr.eqns:
        inner = str(equation.source_info.name_stack)
        graph.scope = "/".join(part for part in (outer, inner) if part)
        results = _translate(graph, equation, [read(atom) for atom in equation.invars])
        values.update(zip(equation.outvars, results, strict=True))
    graph.scope = outer
    return [read(atom) for atom in jaxpr.outvars]


def _translate(graph: Graph, equation: Any, inputs: list[Value]) -> list[Value]:
    name = equation.primitive.name
    if name not in COMPACT and _is_known(equation, inputs):
        return _computed(equation, inputs)
    if name in RULES:
        return RULES[name](graph, equation, inputs)
    rule = rule_of_call(equation, inputs)
    if rule is not None:
        return rule(graph, equation, inputs)
    programs = [equation.params[key] for key in INNER if key in equation.params]
    if not programs or name in ("while", "cond"):
        raise RunError(
            f"This model uses {name}, which the ONNX export does not cover. Export it with "
            "--to stablehlo."
        )
    program = programs[0]
    if not hasattr(program, "consts"):
        program = core.ClosedJaxpr(program, ())
    return interpret(graph, program, inputs)


def _is_known(equation: Any, inputs: Sequence[Value]) -> bool:
    """Whether the results of an equation follow from constants; those without inputs have rules."""
    variables = (*equation.invars, *equation.outvars)
    return (
        bool(inputs)
        and all(value.is_constant for value in inputs)
        and all(is_static(variable.aval.shape) for variable in variables)
    )


def _computed(equation: Any, inputs: Sequence[Value]) -> list[Value]:
    arrays = [
        np.broadcast_to(value.data, variable.aval.shape).astype(variable.aval.dtype)
        for value, variable in zip(inputs, equation.invars, strict=True)
    ]
    results = equation.primitive.bind(*arrays, **equation.params)
    if not equation.primitive.multiple_results:
        results = [results]
    return [constant(result) for result in results]
