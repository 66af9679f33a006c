"""What all codecs and vocoders declare, and how a published config.json becomes one of them."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, ClassVar, Self, get_type_hints

import jax

from spoofjax.errors import ConfigError
from spoofjax.shapes import problem
from spoofjax.vocoders.layers import Shapes, Weights
from spoofjax.vocoders.mel import Mel

NUMPY_NAMES = {"replicate": "edge"}
"""Ways to pad, as torch and as numpy call them."""
LARGEST_SIZE = 1 << 20
"""A width, a stride or a number of layers beyond this is a damaged file."""


@dataclasses.dataclass(frozen=True)
class Architecture(abc.ABC):
    """Base of all architectures: the sizes of a network, without its weights."""

    model_types: ClassVar[tuple[str, ...]]
    """Values of model_type in a config.json that describes this architecture."""
    unused: ClassVar[str] = r"(?!)"
    """Regular expression of the published tensors that inference does not need."""

    sampling_rate: int
    """Samples a second."""

    @abc.abstractmethod
    def shapes(self) -> Shapes:
        """Return the shape of each published tensor."""

    @classmethod
    def from_values(cls, values: dict[str, Any], name: str) -> Self:
        """Return the architecture that the values of a config.json describe.

        Keys that are absent or null keep their defaults; keys that are no fields do not count.
        Raises ConfigError, which names the file and the key.
        """
        fields, hints = {}, get_type_hints(cls)
        for field in dataclasses.fields(cls):
            value = values.get(field.name)
            if value is None:
                continue
            value = NUMPY_NAMES.get(value, value) if isinstance(value, str) else value
            wrong = problem(value, hints[field.name], field.name) or _size_problem(
                field.name, value
            )
            if wrong:
                raise ConfigError(f"{name} is damaged: {wrong}. Download it again.")
            fields[field.name] = as_tuples(value)
        return cls(**fields)

    def shared_fields(self, part: type) -> dict[str, Any]:
        """Return the values of the fields that the dataclass `part` has as well, by name."""
        names = {field.name for field in dataclasses.fields(part)}
        return {name: getattr(self, name) for name in names if hasattr(self, name)}


class CodecArchitecture(Architecture):
    """Base of neural codecs: an encoder and a decoder, and quantisers between them.

    The four steps are apart, so that all numbers of quantisers share the two that take long to
    compile.
    """

    codebook_size: int
    """Number of codes of each quantiser."""

    @property
    def fewest_quantizers(self) -> int:
        """Return the smallest number of quantisers that can be used."""
        return 1

    @property
    @abc.abstractmethod
    def hop(self) -> int:
        """Samples of a frame."""

    @property
    @abc.abstractmethod
    def quantizers(self) -> int:
        """Number of quantisers."""

    @abc.abstractmethod
    def encode(self, weights: Weights, samples: jax.Array) -> jax.Array:
        """Map float32 (batch, samples) to latents, float32 (batch, frames, width)."""

    @abc.abstractmethod
    def quantise(self, weights: Weights, latents: jax.Array, quantizers: int) -> jax.Array:
        """Map latents to codes, int32 (batch, quantizers, frames)."""

    @abc.abstractmethod
    def dequantise(self, weights: Weights, codes: jax.Array) -> jax.Array:
        """Map codes to the latents that they stand for, float32 (batch, frames, width)."""

    @abc.abstractmethod
    def decode(self, weights: Weights, latents: jax.Array) -> jax.Array:
        """Map latents to float32 (batch, samples)."""


class VocoderArchitecture(Architecture):
    """Base of vocoders, which turn log-mel spectra into waveforms."""

    @property
    def noise_channels(self) -> int:
        """Channels of the noise that becomes a waveform; 0 where it is made of the mel alone."""
        return 0

    @property
    @abc.abstractmethod
    def hop(self) -> int:
        """Samples of a frame."""

    @property
    @abc.abstractmethod
    def mel(self) -> Mel:
        """The log-mel spectrum that the vocoder was trained on."""

    @abc.abstractmethod
    def decode(self, weights: Weights, mel: jax.Array, noise: jax.Array | None) -> jax.Array:
        """Map log-mel frames, float32 (batch, frames, bands), to float32 (batch, samples).

        `noise` is float32 (batch, frames, channels), or None where a vocoder takes none.
        """


def as_tuples(value: Any) -> Any:
    """Return a value of JSON with tuples in the place of lists, so that it can be hashed."""
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value


def _size_problem(name: str, value: Any, smallest: int = 0) -> str:
    if isinstance(value, list):
        return next((text for item in value if (text := _size_problem(name, item, 1))), "")
    is_size = isinstance(value, int) and not isinstance(value, bool)
    if is_size and not smallest <= value <= LARGEST_SIZE:
        return f"{name} must be between {smallest} and {LARGEST_SIZE:,}, not {value}"
    return ""
