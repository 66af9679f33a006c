"""Losses that stand beside that of the detector: of traced attacks, and of a teacher."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from spoofjax.config import Experiment
from spoofjax.models.output import Output
from spoofjax.training.step import Beside, Inputs


def loss_beside(experiment: Experiment) -> Beside | None:
    """Return the weighted sum of the losses beside that of the detector, None where it has none."""
    tracing, distillation = experiment.tracing, experiment.distillation
    losses: list[Beside] = []
    if tracing.attacks:
        losses.append(lambda output, inputs: tracing.weight * _of_attacks(output, inputs))
    if distillation.teacher is not None:
        losses.append(
            lambda output, inputs: (
                distillation.weight
                * disagreement(output.log_odds, inputs.teacher, distillation.temperature)
            )
        )
    if not losses:
        return None
    return lambda output, inputs: sum(
        (loss(output, inputs) for loss in losses), jnp.zeros_like(output.score)
    )


def _of_attacks(output: Output, inputs: Inputs) -> jax.Array:
    """Return float32 (batch,): the cross-entropy of the attacks; of a mixture, by the shares."""
    assert output.attack_logits is not None
    own = cross_entropy(output.attack_logits, inputs.attacks)
    if inputs.mixture is None:
        return own
    other = cross_entropy(output.attack_logits, inputs.mixture.attacks)
    return inputs.mixture.share * own + (1 - inputs.mixture.share) * other


def cross_entropy(logits: jax.Array, attacks: jax.Array) -> jax.Array:
    """Return float32 (batch,): minus the log probability of each utterance's attack, or 0.

    `logits` is (batch, attacks), and `attacks` int32 (batch,) has the place of each utterance's
    attack. An utterance of -1, which has none of the attacks, costs nothing.
    """
    log_shares = jax.nn.log_softmax(logits)
    own = jnp.take_along_axis(log_shares, jnp.maximum(attacks, 0)[:, None], axis=1)[:, 0]
    return jnp.where(attacks >= 0, -own, 0.0)


def disagreement(log_odds: jax.Array, teacher: jax.Array, temperature: float) -> jax.Array:
    """Return float32 (batch,): the divergence of a model's judgement from that of its teacher.

    Both are log odds (batch,) and are divided by the temperature. It is the Kullback-Leibler
    divergence of Hinton, Vinyals and Dean (2015), times the square of the temperature, so that the
    gradient keeps its size, and 0 where both agree.
    """
    own, other = log_odds.astype(jnp.float32) / temperature, teacher / temperature
    share = jax.nn.sigmoid(other)
    bonafide = share * (jax.nn.log_sigmoid(other) - jax.nn.log_sigmoid(own))
    spoof = (1 - share) * (jax.nn.log_sigmoid(-other) - jax.nn.log_sigmoid(-own))
    return temperature**2 * (bonafide + spoof)
