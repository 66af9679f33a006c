"""An ONNX graph under construction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from spoofjax.deployment.onnx_graph.value import Dims, Value, is_static
from spoofjax.errors import RunError


class Graph:
    """Nodes and constants in the order in which they are added.

    A graph inside a node, such as the body of a Scan, has a `parent`, which holds its constants.
    """

    def __init__(
        self,
        interpret: Callable[[Graph, Any, Sequence[Value]], list[Value]],
        symbols: Mapping[str, tuple[str, int]],
        parent: Graph | None = None,
    ):
        """`interpret` adds a program to a graph; the rules of loops need it for their bodies.

        `symbols` says of which input, and which of its axes, each symbolic size is.
        """
        self.interpret = interpret
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}
        self.scope = parent.scope if parent else ""
        """The named scope of the program that is being translated; it precedes new names."""
        self.symbols = symbols
        self.parent = parent
        self._names: dict[tuple[str, str], str] = {}
        self._count = 0

    @property
    def root(self) -> Graph:
        """The outermost graph."""
        return self.parent.root if self.parent else self

    def child(self) -> Graph:
        """Return an empty graph inside this one, which may use all that this one holds."""
        return Graph(self.interpret, self.symbols, self)

    def new_name(self, word: str) -> str:
        """Return a name that no other tensor or node has."""
        self.root._count += 1
        name = f"{word}_{self.root._count}"
        return f"{self.scope}/{name}" if self.scope else name

    def add(self, operator: str, inputs: Sequence[str], outputs: int = 1, **attributes: Any) -> str:
        """Add a node; return the name of its first output."""
        return self.add_many(operator, inputs, outputs, **attributes)[0]

    def add_many(
        self, operator: str, inputs: Sequence[str], outputs: int, **attributes: Any
    ) -> list[str]:
        """Add a node; return the names of its outputs."""
        from onnx import helper

        name = self.new_name(operator)
        names = [name] if outputs == 1 else [f"{name}_{k}" for k in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, name=name, **attributes))
        return names

    def constant(self, array: np.ndarray) -> str:
        """Return the name of a constant; equal ones share one."""
        root = self.root
        array = np.ascontiguousarray(array).reshape(array.shape)
        kind = f"{array.dtype}{array.shape}{self.scope}"
        key = (kind, hashlib.sha256(array.tobytes()).hexdigest())
        if key not in root._names:
            root._names[key] = self.new_name("constant")
            root.constants[root._names[key]] = array
        return root._names[key]

    def integers(self, *values: int) -> str:
        """Return the name of a constant int64 vector, as most attributes in ONNX are given."""
        return self.constant(np.array(values, np.int64))

    def name(self, value: Value) -> str:
        """Return the name of a value with the sizes that its data have."""
        return value.data if isinstance(value.data, str) else self.constant(value.data)

    def full(self, value: Value, shape: Dims) -> str:
        """Return the name of a value with all of its sizes, `shape`."""
        if value.dims == tuple(shape):
            return self.name(value)
        if isinstance(value.data, np.ndarray) and is_static(shape):
            return self.constant(np.broadcast_to(value.data, shape))
        return self.add("Expand", [self.name(value), self.shape(shape)])

    def shape(self, shape: Dims) -> str:
        """Return the name of an int64 vector that holds a shape."""
        if is_static(shape):
            return self.integers(*shape)
        sizes = [self.integers(n) if isinstance(n, int) else self.size(n) for n in shape]
        return self.add("Concat", sizes, axis=0)

    def size(self, size: Any) -> str:
        """Return the name of an int64 vector (1,) that holds a symbolic size.

        Raises RunError for a size that is not that of an input's axis.
        """
        root = self.root
        symbol = root.symbols.get(str(size))
        if symbol is None:
            raise RunError(
                f"This model computes with the size {size}, which the ONNX export cannot express. "
                "Export it with --to stablehlo."
            )
        tensor, axis = symbol
        key = ("size", str(size))
        if key not in root._names:
            shape = root.add("Shape", [tensor])
            root._names[key] = root.add("Gather", [shape, root.integers(axis)], axis=0)
        return root._names[key]

    def as_body(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        """Return the graph as the attribute of a node, for declared inputs and outputs."""
        from onnx import helper

        return helper.make_graph(self.nodes, self.new_name("body"), inputs, outputs)

    def needed(self, outputs: Sequence[str]) -> list[Any]:
        """Return the nodes on which these outputs depend."""
        wanted, nodes = set(outputs), []
        for node in reversed(self.nodes):
            if wanted.intersection(node.output):
                wanted |= _used(node)
                nodes.append(node)
        return nodes[::-1]

    def initializers(self, nodes: Sequence[Any]) -> list[Any]:
        """Return the constants that these nodes use, as onnx.TensorProto."""
        from onnx import numpy_helper

        used = set().union(*map(_used, nodes))
        return [
            numpy_helper.from_array(array, name)
            for name, array in self.constants.items()
            if name in used
        ]


def _used(node: Any) -> set[str]:
    """Return the names of the tensors that a node reads, its bodies included."""
    names = set(node.input)
    for attribute in node.attribute:
        for inner in attribute.g.node:
            names |= _used(inner)
    return names
