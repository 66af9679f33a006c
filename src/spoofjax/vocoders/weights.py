"""Published weights of a codec or vocoder, checked against its architecture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import jax
import numpy as np

from spoofjax.errors import ConfigError, TensorError
from spoofjax.tensors.mismatch import mismatch
from spoofjax.tensors.naming import shape_in
from spoofjax.vocoders.architecture import Architecture

WEIGHT_NORM = re.compile(r"^(.*\.)(?:weight_|parametrizations\.weight\.original)([gv01])$")
"""Names of the two tensors of a weight norm, in older and in newer files."""
ROLES = {"g": "scale", "0": "scale", "v": "direction", "1": "direction"}


def load(
    architecture: Architecture, tensors: Mapping[str, np.ndarray], path: Path
) -> dict[str, jax.Array]:
    """Return float32 arrays on the device by their names without weight norm.

    `path` is where the tensors come from. Raises ConfigError, which lists the tensors that are
    missing, unknown or of another shape.
    """
    names = _sources(architecture, tensors)
    expected = architecture.shapes()
    wrong = mismatch(
        missing=[name for name in expected if name not in names],
        misshapen=[
            f"{names[name][-1]} has shape {shape_in(tensors, names[name][-1])} instead of {shape}"
            for name, shape in expected.items()
            if name in names and shape_in(tensors, names[name][-1]) != shape
        ],
        unknown=[source for name in names if name not in expected for source in names[name]],
    )
    if wrong:
        kind = type(architecture).__name__
        raise ConfigError(
            f"{path} does not hold the weights of the {kind} that its config.json describes. "
            f"{wrong} Download both again from one place."
        )
    return {name: jax.device_put(_read(tensors, names[name], path)) for name in expected}


def _sources(
    architecture: Architecture, tensors: Mapping[str, np.ndarray]
) -> dict[str, tuple[str, ...]]:
    """Return the one or two tensors that make each weight: of a weight norm, scale and direction.

    Half of a weight norm keeps its own name, so that it counts as unknown.
    """
    names: dict[str, tuple[str, ...]] = {}
    pairs: dict[str, dict[str, str]] = {}
    for name in tensors:
        if re.search(architecture.unused, name):
            continue
        if match := WEIGHT_NORM.match(name):
            pairs.setdefault(f"{match[1]}weight", {})[ROLES[match[2]]] = name
        else:
            names[name] = (name,)
    for name, pair in pairs.items():
        if len(pair) == 2:
            names[name] = pair["scale"], pair["direction"]
        else:
            names |= {half: (half,) for half in pair.values()}
    return names


def _read(tensors: Mapping[str, np.ndarray], sources: tuple[str, ...], path: Path) -> np.ndarray:
    arrays = [np.asarray(tensors[name]).astype(np.float64) for name in sources]
    value = arrays[0] if len(arrays) == 1 else weight_normed(*arrays)
    if not np.isfinite(value).all():
        raise TensorError(
            f"{path} is damaged: tensor {sources[-1]!r} has values that are not finite. "
            "Download it again."
        )
    return np.ascontiguousarray(value, np.float32)


def weight_normed(scale: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return the kernel whose slices along the first axis have the directions and lengths given.

    `scale` has one element a slice (Salimans and Kingma, 2016, equation 2; torch's default axis).
    """
    axes = tuple(range(1, direction.ndim))
    lengths = np.sqrt(np.square(direction).sum(axes, keepdims=True))
    return direction / lengths * scale.reshape(-1, *(1 for _ in axes))
