"""The channels of a network that can be removed: which arrays hold them, and the arrays without.

Pure functions of names and numpy arrays. A channel is a filter of a convolution, a unit of a dense
layer or a unit of an LSTM. What makes it and what reads it lie along axes of several arrays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from spoofjax.config import Model

Arrays = Mapping[str, Any]
UNITS = 16
"""Units of an LSTM of which the layer in C needs a multiple; with others, it is a slower scan."""


class Along(NamedTuple):
    """An axis on which channels lie, each as often as the axis is longer than there are channels.

    The channel changes fastest. Where the axis holds the channels of several layers, such as both
    directions of an LSTM, `part` is the number of the layer among these `parts`.
    """

    array: str
    axis: int
    silence: tuple[float, ...] = ()
    """What is read of a channel that is always zero, if not zero: a number for each equal section
    of the axis. The deviation over time of zeros is not zero, see `statistics_over_time`."""
    bias: str = ""
    """The array to which that is added, times the weights, when the channel is removed."""
    part: int = 0
    parts: int = 1

    def channel_at(self, size: int, count: int) -> np.ndarray:
        """Return int64 (size,): the channel at each place of the axis, -1 where another layer's."""
        place = np.arange(size)
        return np.where(place // count % self.parts == self.part, place % count, -1)

    def of_part(self, part: int, parts: int) -> Along:
        """Return the same axis for one of the layers that share it."""
        return self._replace(part=part, parts=parts)


@dataclass(frozen=True)
class Channels:
    """The channels of one layer."""

    field: str
    """The field of the model's configuration that has their number."""
    place: int | None
    """Where in the field, if it has the numbers of several layers."""
    count: int
    made: tuple[Along, ...]
    """Weights and statistics that make each channel."""
    read: tuple[Along, ...]
    """Weights that each channel is multiplied by."""
    scale: str | None = None
    """The scale of the channels' batch norm, where they have one."""
    multiple: int = 8
    """Of how many channels the layers in C compute whole vectors; other numbers take longer."""

    def kept_count(self, share: float) -> int:
        """Return how many channels a share is: at least one, and a multiple where there are many.

        A layer with a number of channels that is no multiple of `multiple` keeps any number.
        """
        step = self._step
        return min(self.count, max(step, step * math.floor(share * self.count / step + 0.5)))

    def shares(self) -> list[float]:
        """Return the shares at which the layer begins to keep more channels."""
        return [(k - 0.5) * self._step / self.count for k in range(1, self.count // self._step + 1)]

    @property
    def _step(self) -> int:
        has_vectors = self.count > self.multiple and self.count % self.multiple == 0
        return self.multiple if has_vectors else 1


def channels_of_blocks(prefix: str, blocks: Any, readers: Sequence[Along]) -> list[Channels]:
    """Return the channels of convolutional blocks, whose arrays have names below `prefix`.

    `readers` are what reads the outcome of the last block.
    """
    layers = [
        (number, k, f"{prefix}/{number}/convolutions/{k}", f"{prefix}/{number}/norms/{k}", block)
        for number, block in enumerate(blocks)
        for k in range(len(block.convolutions))
    ]
    inputs = [(Along(f"{name}/kernel", -2),) for _, _, name, _, _ in layers[1:]]
    channels = []
    for layer, read in zip(layers, [*inputs, tuple(readers)], strict=True):
        number, k, name, norm, block = layer
        convolution = block.convolutions[k]
        made = [Along(f"{name}/kernel", -1)]
        if convolution.bias is not None:
            made.append(Along(f"{name}/bias", 0))
        scale = f"{norm}/scale" if block.norms else None
        if block.norms:
            made += [Along(f"{norm}/{part}", 0) for part in ("scale", "bias", "mean", "variance")]
        count = convolution.kernel.shape[-1]
        channels.append(Channels("channels", number, count, tuple(made), read, scale))
    return channels


def channels_of_lstm(prefix: str, layers: Any, readers: Sequence[Along]) -> list[Channels]:
    """Return the units of LSTM layers, whose arrays have names below `prefix`.

    `readers` are what reads the states of the last layer.
    """
    channels = []
    for number, layer in enumerate(layers):
        directions = len(layer.directions)
        following = readers
        if number + 1 < len(layers):
            following = [
                Along(f"{prefix}/{number + 1}/directions/{other}/kernel", 0)
                for other in range(directions)
            ]
        for direction, weights in enumerate(layer.directions):
            name = f"{prefix}/{number}/directions/{direction}"
            made = (Along(f"{name}/kernel", 1), Along(f"{name}/recurrent", 1))
            read = (each.of_part(direction, directions) for each in following)
            channels.append(
                Channels(
                    "units",
                    number,
                    weights.recurrent.shape[0],
                    (*made, Along(f"{name}/bias", 0)),
                    (Along(f"{name}/recurrent", 0), *read),
                    multiple=UNITS,
                )
            )
    return channels


def importance(arrays: Arrays, layer: Channels) -> np.ndarray:
    """Return float64 (count,): how much each channel of a layer is worth keeping.

    It is the size of the batch norm's scale (Liu et al., 2017, "network slimming"). In a layer
    without batch norm it is the L1 norm of the weights that make the channel (Li et al., 2017).
    """
    if layer.scale is not None:
        return np.abs(arrays[layer.scale]).astype(np.float64)
    total = np.zeros(layer.count)
    for along in layer.made:
        array = np.asarray(arrays[along.array], np.float64)
        if array.ndim > 1:
            sums = np.abs(np.moveaxis(array, along.axis, -1)).sum(tuple(range(array.ndim - 1)))
            np.add.at(total, along.channel_at(sums.size, layer.count), sums)
    return total


def without(
    arrays: Arrays, channels: Sequence[Channels], kept: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the arrays of a network without the channels that are not kept.

    `kept` has a bool (count,) for each of `channels`. The smaller network scores as the whole one
    would if the removed channels were zero. Arrays on which no channels lie stay as they are.
    """
    result = {name: np.asarray(value) for name, value in arrays.items()}
    for layer, keeps in zip(channels, kept, strict=True):
        for along in layer.read:
            if along.silence:
                result[along.bias] = _with_silence(result, along, keeps)
    for (name, axis), mask in _masks(result, channels, kept).items():
        result[name] = np.compress(mask, result[name], axis)
    return result


def _with_silence(arrays: Mapping[str, np.ndarray], along: Along, keeps: np.ndarray) -> np.ndarray:
    """Return the bias behind an axis with what is read there of removed channels."""
    weights = np.moveaxis(arrays[along.array].astype(np.float64), along.axis, 0)
    values = np.repeat(along.silence, len(weights) // len(along.silence))
    channel = along.channel_at(len(weights), len(keeps))
    is_removed = (channel >= 0) & ~keeps[channel]
    bias = arrays[along.bias]
    return (bias + values[is_removed] @ weights[is_removed]).astype(bias.dtype)


def _masks(
    arrays: Mapping[str, np.ndarray], channels: Sequence[Channels], kept: Sequence[np.ndarray]
) -> dict[tuple[str, int], np.ndarray]:
    """Return, by array and axis, bool (size,): which places are kept by all layers on it."""
    masks: dict[tuple[str, int], np.ndarray] = {}
    for layer, keeps in zip(channels, kept, strict=True):
        for along in (*layer.made, *layer.read):
            shape = arrays[along.array].shape
            key = along.array, along.axis % len(shape)
            channel = along.channel_at(shape[key[1]], layer.count)
            keeps_place = np.where(channel < 0, True, keeps[channel])
            masks[key] = masks.get(key, True) & keeps_place
    return masks


def with_widths(model: Model, channels: Sequence[Channels], kept: Sequence[np.ndarray]) -> Model:
    """Return the configuration of the network that has the kept channels only.

    Layers of one width must keep equally many.
    """
    changes: dict[str, Any] = {}
    for layer, keeps in zip(channels, kept, strict=True):
        number = int(keeps.sum())
        if layer.place is None:
            changes[layer.field] = number
            continue
        values = list(changes.get(layer.field, getattr(model, layer.field)))
        values[layer.place] = number
        changes[layer.field] = tuple(values)
    return model.replace(**changes)
