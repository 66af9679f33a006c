"""Acoustic tokens: speech as integers, and transformers over them.

The idea is that of AudioPaLM (Rubenstein et al., 2023), which models audio as a language. Here the
tokens are codes of log-mel frames, and what the transformer models is how bona fide speech and
spoofs sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from spoofjax.errors import ConfigError
from spoofjax.models.classifier import Classifier, check_bins, check_positive
from spoofjax.models.cnn2d import CNN2D


@dataclass(frozen=True)
class Tokens(Classifier):
    """What the models on tokens share: how frames become tokens, and the transformer's size.

    Before step 1, the codebooks are learned by k-means on frames of the first training batches.
    They stay as they are afterwards.
    """

    examples: ClassVar[int] = 8

    stack: int = 2
    """Neighbouring frames that make one token."""
    quantisers: int = 4
    """Codes of a token; each refines what those before it leave over."""
    codes: int = 64
    """Number of different codes of each quantiser."""
    width: int = 64
    layers: int = 2
    heads: int = 4

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the fields contradict each other."""
        check_positive(self, "stack", "quantisers", "codes", "width", "layers", "heads")
        if self.width % (2 * self.heads):
            raise ConfigError(
                f"model.width of {type(self).__name__} must be a multiple of 2 x model.heads, "
                f"{2 * self.heads}, not {self.width}."
            )


@dataclass(frozen=True)
class TokenTransformer(Tokens):
    """A transformer over the summed embeddings of codes, mean over time, dense.

    With `beside_cnn`, the mean and deviation of a `CNN2D` on the same features stand beside the
    tokens' embedding, because codes alone lose detail. With 80 coefficients it has 231 thousand
    parameters, and 117 thousand with tokens alone.
    """

    beside_cnn: bool = True

    cnn: ClassVar[CNN2D] = CNN2D()
    """The convolutional branch."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the fields contradict each other or the front end."""
        super().check(coefficients)
        if self.beside_cnn:
            check_bins(self, coefficients, self.cnn.pool ** len(self.cnn.channels))

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.tokens import TokenTransformerNetwork

        return TokenTransformerNetwork


@dataclass(frozen=True)
class TokenSurprisal(Tokens):
    """A language model of bona fide speech, whose surprise at an utterance tells spoofs.

    A causal transformer predicts the codes of each frame from the frames before it, and each code
    also from the lower codes of its own frame. The score is the mean log-likelihood of a frame's
    codes in nats. Train it with the loss `BonafideLikelihood`, which leaves spoofs out; the
    codebooks are learned on bona fide speech alone too. It has 145 thousand parameters.
    """

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.tokens import TokenSurprisalNetwork

        return TokenSurprisalNetwork
