"""Conformer: convolutions and attention over frames, with a class token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from spoofjax.errors import ConfigError
from spoofjax.models.classifier import Classifier, check_positive


@dataclass(frozen=True)
class Conformer(Classifier):
    """Conformer blocks (Gulati et al., 2020) in the form of TCM (Truong et al., 2024).

    Frames become tokens, a class token is put in front of them, and a token for each attention
    head takes part in every block; the class token of the last block is the embedding. With 80
    coefficients it has 2.3 million parameters.
    """

    rounds_input: ClassVar[bool] = True

    stack: int = 2
    """Neighbouring frames that make one token."""
    width: int = 144
    blocks: int = 4
    heads: int = 4
    kernel: int = 31
    """Tokens that each convolution covers; an odd number."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the fields contradict each other."""
        check_positive(self, "stack", "width", "blocks", "heads", "kernel")
        if self.width % (2 * self.heads):
            raise ConfigError(
                f"model.width of Conformer must be a multiple of 2 x model.heads, "
                f"{2 * self.heads}, not {self.width}."
            )
        if self.kernel % 2 == 0:
            raise ConfigError(f"model.kernel of Conformer must be odd, not {self.kernel}.")

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.conformer import ConformerNetwork

        return ConformerNetwork
