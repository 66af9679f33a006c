"""Embeddings that were computed before, in the place of a front end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from spoofjax.config import FrontEnd
from spoofjax.errors import AudioError, ConfigError
from spoofjax.features.framed import check

if TYPE_CHECKING:
    import jax


@dataclass(frozen=True, kw_only=True)
class Embeddings(FrontEnd):
    """Vectors that an encoder has computed once, read from files of a corpus `Embedded`.

    An utterance has one vector of each layer, or with `pooled=False` one of each layer and frame.
    A frame of features holds the vectors of all layers, one after the other. Lengths of clips are
    in frames; a pooled utterance is one frame: `clip=Clip(train=1, evaluate=1)`.
    """

    width: int
    """Size of a vector."""
    layers: int = 1
    """Number of vectors of an utterance or a frame, such as the layers of the encoder."""
    pooled: bool = True
    """Whether an utterance has no frames."""
    rate: int = 50
    """Frames per second, which messages about durations use."""

    def __post_init__(self) -> None:
        check(self.width >= 1, f"width={self.width} must be at least 1")
        check(self.layers >= 1, f"layers={self.layers} must be at least 1")
        check(self.rate >= 1, f"rate={self.rate} must be at least 1")

    @property
    def coefficients(self) -> int:
        """Values of a frame: those of all its layers."""
        return self.layers * self.width

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """A frame takes the place of a sample."""
        return (self.coefficients,)

    def frames(self, samples: int) -> int:
        """Return `samples`, which are frames here."""
        return max(samples, 0)

    def __call__(
        self,
        waveforms: np.ndarray,
        lengths: np.ndarray | None = None,
        *,
        out: np.ndarray | None = None,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return a float32 copy of frames (batch, frames, coefficients), zeros beyond `lengths`.

        `threads` has no effect. Raises AudioError for another shape.
        """
        if waveforms.shape[-1] != self.coefficients or waveforms.ndim not in (2, 3):
            raise AudioError(
                f"Embeddings are (batch, frames, {self.coefficients}) here, not "
                f"{waveforms.shape}. They come from a corpus `Embedded`; audio needs the encoder."
            )
        result = np.empty(waveforms.shape, np.float32) if out is None else out
        result[...] = waveforms
        if lengths is not None:
            for clip, length in zip(result, lengths, strict=True):
                clip[length:] = 0
        return result

    def in_graph(self, dft: Literal["fft", "matrix"] = "fft") -> Callable[..., jax.Array]:
        """Return (embeddings, lengths) -> embeddings; `dft` and lengths have no effect."""
        return lambda embeddings, lengths=None: embeddings

    def as_frames(self, array: np.ndarray, has_frames_first: bool, name: str) -> np.ndarray:
        """Return the array of an utterance as (frames, layers, width), without copying it.

        It may be (width,) where there is one layer, and (layers, width); with `pooled=False` it is
        (frames, width) where there is one layer, or (layers, frames, width), or the latter with
        the frames first. Raises ConfigError, which names the array, for another shape.
        """
        layers, width = self.layers, self.width
        if self.pooled:
            if array.shape == (layers, width) or (layers == 1 and array.shape == (width,)):
                return array.reshape(1, layers, width)
        elif has_frames_first:
            if array.ndim == 3 and array.shape[1:] == (layers, width):
                return array
        elif layers == 1 and array.ndim == 2 and array.shape[1] == width:
            return array[:, None]
        elif array.ndim == 3 and array.shape[::2] == (layers, width):
            return np.moveaxis(array, 0, 1)
        kind = "pooled " if self.pooled else ""
        raise ConfigError(
            f"{name} has shape {array.shape}, but the front end expects {kind}embeddings of "
            f"layers={layers} and width={width}. Set --front-end.layers, --front-end.width and "
            "--front-end.pooled as the encoder wrote them."
        )
