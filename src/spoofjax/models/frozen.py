"""Parameters that a run does not train."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flax import nnx

from spoofjax.errors import ConfigError, nearest
from spoofjax.names import is_in_part


class Frozen(nnx.Variable):
    """An array that has been trained elsewhere and stays as it is.

    It belongs to the constants of a network, as the statistics of batch norm do. It therefore has
    no gradient, no state of the optimiser and no moving average.
    """


def freeze(module: nnx.Module) -> None:
    """Turn every parameter of a module, and of the modules in it, into a frozen array.

    Batch norm in it uses its running statistics in training too, and leaves them as they are.
    """
    for _, node in _modules(module):
        _freeze_arrays(node, list(vars(node)))
        _keep_statistics(node)


def freeze_parts(network: nnx.Module, parts: Sequence[str]) -> None:
    """Freeze parts of a network, each named by the beginning of the names of its arrays.

    Raises ConfigError for a part that holds no parameter.
    """
    frozen = []
    for path, node in _modules(network):
        names = {attribute: "/".join((*path, attribute)) for attribute in vars(node)}
        chosen = [key for key, name in names.items() if is_in_part(name, parts)]
        frozen += [names[attribute] for attribute in _freeze_arrays(node, chosen)]
        if path and is_in_part("/".join(path), parts):
            _keep_statistics(node)
    for part in parts:
        if not any(is_in_part(name, [part]) for name in frozen):
            raise ConfigError(
                f"transfer.freeze names {part!r}, but the network has no parameters of that name."
                f"{nearest(part, part_names(network))} Its parts are: "
                f"{', '.join(sorted(top_parts(network)))}."
            )


def part_names(network: nnx.Module) -> list[str]:
    """Return the names of all parts of a network: its modules, by their paths."""
    return ["/".join(path) for path, _ in _modules(network) if path]


def top_parts(network: nnx.Module) -> list[str]:
    """Return the names of the parts that a network consists of at its top level."""
    return [name for name in part_names(network) if "/" not in name]


def _modules(module: nnx.Module) -> Iterator[tuple[tuple[str, ...], nnx.Module]]:
    """Yield a module and those in it, with their paths."""
    for path, node in list(nnx.iter_graph(module)):
        if isinstance(node, nnx.Module):
            yield tuple(map(str, path)), node


def _freeze_arrays(module: nnx.Module, attributes: Sequence[str]) -> list[str]:
    """Freeze those attributes of a module that are parameters; return their names."""
    values = vars(module)
    frozen = [name for name in attributes if isinstance(values[name], nnx.Param)]
    for name in frozen:
        setattr(module, name, Frozen(values[name].get_value()))
    return frozen


def _keep_statistics(module: nnx.Module) -> None:
    if hasattr(module, "keeps_statistics"):
        setattr(module, "keeps_statistics", True)  # noqa: B010  only some modules declare it
