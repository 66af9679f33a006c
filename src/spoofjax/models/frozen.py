"""Parameters that a run does not train."""

from __future__ import annotations

from flax import nnx


class Frozen(nnx.Variable):
    """An array that has been trained elsewhere and stays as it is.

    It belongs to the constants of a network, as the statistics of batch norm do. It therefore has
    no gradient, no state of the optimiser and no moving average.
    """


def freeze(module: nnx.Module) -> None:
    """Turn every parameter of a module, and of the modules in it, into a frozen array."""
    for _, node in list(nnx.iter_graph(module)):
        if isinstance(node, nnx.Module):
            for name, value in list(vars(node).items()):
                if isinstance(value, nnx.Param):
                    setattr(node, name, Frozen(value.get_value()))
