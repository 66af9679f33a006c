"""Ranking of pairs: a bona fide utterance should score above the spoof beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spoofjax.errors import ConfigError
from spoofjax.training.losses.beside import BesideClassification

if TYPE_CHECKING:
    import jax

    from spoofjax.models.output import Output


@dataclass(frozen=True)
class PairRanking(BesideClassification):
    """A classification loss plus a loss of the difference of scores within pairs.

    The utterances at places 2j and 2j + 1 of a batch are a pair where the first is bona fide and
    the second spoof. The samplers Balanced and Paired make such pairs; with Paired, the spoof of a
    pair may be a copy of its bona fide utterance, so that the difference tells what the copying
    did, whatever the speaker, the words and the channel. The score is that of the classification
    loss.
    """

    margin: float = 1.0
    """Difference of log odds from which a pair counts as well ranked."""
    kind: Literal["logistic", "hinge"] = "logistic"
    """log(1 + exp(margin - difference)), or max(0, margin - difference)."""

    def __post_init__(self) -> None:
        if self.kind not in ("logistic", "hinge"):
            raise ConfigError(f"PairRanking(kind={self.kind!r}): give 'logistic' or 'hinge'.")
        if self.weight < 0:
            raise ConfigError(f"PairRanking: weight={self.weight} must not be negative.")

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,): both utterances of a pair have its ranking loss."""
        ranking = ranked(output.log_odds, labels, self.margin, self.kind)
        return self.classification(output, labels) + self.weight * ranking


def ranked(
    log_odds: jax.Array, labels: jax.Array, margin: float, kind: Literal["logistic", "hinge"]
) -> jax.Array:
    """Return float32 (batch,): the ranking loss of each utterance's pair, 0 for one without.

    `log_odds` and `labels` are (batch,). The last utterance of an odd batch has no pair.
    """
    import jax
    import jax.numpy as jnp

    even = len(log_odds) // 2 * 2
    scores, classes = log_odds[:even].reshape(-1, 2), labels[:even].reshape(-1, 2)
    is_pair = (classes[:, 0] == 1) & (classes[:, 1] == 0)
    lacking = margin - (scores[:, 0] - scores[:, 1])
    loss = jax.nn.softplus(lacking) if kind == "logistic" else jnp.maximum(lacking, 0)
    of_pairs = jnp.repeat(jnp.where(is_pair, loss, 0.0), 2)
    return jnp.pad(of_pairs, (0, len(log_odds) - even))
