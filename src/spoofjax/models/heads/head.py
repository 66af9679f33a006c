"""The base of all heads. It does not import jax."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from spoofjax.config import Clip, Part
from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    from flax import nnx


class Head(Part):
    """Turns the hidden states of an encoder into two logits and an embedding.

    `build` returns a module that is called as

        module(encoded, train=False, key=None, reference=None) -> (logits, embedding)

    where `encoded` is an `Encoded`, logits are float32 (batch, 2) in the order spoof, bona fide,
    and the embedding is float32 (batch, size). `reference` is the `Encoded` of another utterance
    of each speaker, or None; a head that compares both has `takes_reference`.
    """

    takes_reference: ClassVar[bool] = False
    """Whether the head uses a reference utterance in training."""

    def build(self, layers: int, width: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the module for an encoder of so many layers and channels. Raises ConfigError."""
        raise NotImplementedError

    def check_clip(self, clip: Clip, frames: Callable[[int], int]) -> None:
        """Raise ConfigError where the head cannot take clips that are made in this way.

        `frames` maps the samples of a clip to the frames of the encoder.
        """


def check_sizes(head: Head, *names: str) -> None:
    """Raise ConfigError unless the named fields are at least 1."""
    for name in names:
        if getattr(head, name) < 1:
            raise ConfigError(
                f"{name} of {type(head).__name__} must be at least 1, not {getattr(head, name)}."
            )
