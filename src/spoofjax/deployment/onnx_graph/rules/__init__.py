"""The rules of translation, by kind of primitive."""

from spoofjax.deployment.onnx_graph.rules import (
    elementwise,
    indexing,
    products,
    recurrence,
    reductions,
    shapes,
)

RULES = {
    **elementwise.RULES,
    **indexing.RULES,
    **products.RULES,
    **recurrence.RULES,
    **reductions.RULES,
    **shapes.RULES,
}
"""Functions (graph, equation, inputs) -> outputs by the name of the primitive."""
