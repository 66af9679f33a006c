"""Published weights into a built network, one parameter after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models.encoders.names import canonical, is_of_a_head
from spoofjax.models.encoders.tensors import Source, sources_of
from spoofjax.models.layers.initial import aligned
from spoofjax.tensors.mismatch import mismatch
from spoofjax.tensors.naming import shape_in

if TYPE_CHECKING:
    from spoofjax.models.encoders.encoder import Encoder
    from spoofjax.models.encoders.network import EncoderNetwork

STRIP = 16
"""Columns of a transposed matrix that are copied at a time: a cache line of float32."""
LAYER = re.compile(r"^encoder\.layers\.(\d+)\.")


def load(config: Encoder, network: EncoderNetwork, arrays: Mapping[str, np.ndarray]) -> None:
    """Set every parameter of `network` from published tensors; see `Encoder.load`."""
    names = canonical(arrays)
    sources = list(sources_of(config))
    _check(config, sources, names, arrays)
    stacked: dict[str, list[Source]] = {}
    for source in sources:
        stacked.setdefault(source.parameter, []).append(source)
    for path, parts in stacked.items():
        variable = _variable(network, path)
        shape = variable.get_value().shape
        value = assembled(parts, shape, lambda name: np.asarray(arrays[names[name]]))
        variable.set_value(jax.device_put(value))


def assembled(
    parts: Sequence[Source], shape: tuple[int, ...], read: Callable[[str], np.ndarray]
) -> np.ndarray:
    """Return float32 of `shape`: one source, or one for each layer along the first axis.

    `read` returns a tensor by its name in transformers.
    """
    value = aligned(shape, np.empty)
    for part in parts:
        target = value if part.layer is None else value[part.layer]
        _copy(part.convert(*(read(name) for name, _ in part.tensors)), target)
    return value


def _copy(source: np.ndarray, target: np.ndarray) -> None:
    """Copy values; a transposed matrix in strips, which takes a third of the time."""
    if source.ndim == 2 and source.flags.f_contiguous:
        for start in range(0, source.shape[1], STRIP):
            target[:, start : start + STRIP] = source[:, start : start + STRIP]
    else:
        target[...] = source


def _variable(network: nnx.Module, path: str) -> Any:
    node: Any = network
    for part in path.split("/"):
        node = node[int(part)] if part.isdigit() else getattr(node, part)
    return node


def _check(
    config: Encoder,
    sources: list[Source],
    names: Mapping[str, str],
    arrays: Mapping[str, np.ndarray],
) -> None:
    """Raise ConfigError where tensors are missing, unknown or have another shape."""
    expected = dict(tensor for source in sources for tensor in source.tensors)
    missing = [name for name in expected if name not in names]
    misshapen = [
        f"{names[name]} has shape {shape_in(arrays, names[name])} instead of {shape}"
        for name, shape in expected.items()
        if name in names and shape_in(arrays, names[name]) != shape
    ]
    unknown = [
        source
        for name, source in names.items()
        if name not in expected and not is_of_a_head(name) and not _is_beyond(config, name)
    ]
    wrong = mismatch(missing, misshapen, unknown)
    if wrong:
        raise ConfigError(
            f"These are not the weights of the {type(config).__name__} that the configuration "
            f"describes. {wrong} Take the shape from the published "
            f"config.json: {type(config).__name__}.from_folder, or the class method for this size."
        )


def _is_beyond(config: Encoder, name: str) -> bool:
    """Whether a tensor belongs to a layer that a shortened encoder leaves out."""
    match = LAYER.match(name)
    return match is not None and config.depth <= int(match[1]) < config.full_depth
