"""Mixup: every utterance of a batch is mixed with another one, and so are their labels.

Zhang, Cissé, Dauphin and Lopez-Paz (2018), on features. Partners and proportions depend on the
run's seed, the step and the slot alone, so they are the same on any number of devices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp

from spoofjax.config import Loss
from spoofjax.models.layers import slot_keys
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.training.step import Inputs

PARTNERS, SHARES = 0x6D6978, 0x6D6979
"""Folded into the key of a step, so that these draws do not repeat those of dropout."""


class Mixture(NamedTuple):
    """What is mixed into the utterances of a batch."""

    labels: Any
    """int32 (batch,): the label of the utterance that is mixed in."""
    share: Any
    """float32 (batch,): the share of the utterance in whose slot the mixture is."""
    attacks: Any = None
    """int32 (batch,): the attack of the utterance that is mixed in; None without tracing."""


def mixed(inputs: Inputs, alpha: float, key: jax.Array, axis: str | None = None) -> Inputs:
    """Return the batch with each utterance mixed with that of another slot, or with itself.

    The frames of a mixture are those that are valid in both. `key` is that of the step. Under pmap
    the batch is a device's share, and `axis` names the axis that joins the shares.
    """
    features, lengths, labels = inputs.features, inputs.lengths, inputs.labels
    everything = features, lengths, labels, inputs.attacks
    slots = jnp.arange(labels.shape[0])
    if axis is not None:
        everything = jax.lax.all_gather(everything, axis, tiled=True)
        slots = slots + jax.lax.axis_index(axis) * len(slots)
    order = jax.random.permutation(jax.random.fold_in(key, PARTNERS), everything[2].shape[0])
    others = jax.tree.map(lambda array: array[order[slots]], everything)
    keys = slot_keys(jax.random.fold_in(key, SHARES), slots)
    share = jax.vmap(lambda key: jax.random.beta(key, alpha, alpha))(keys).astype(jnp.float32)
    weight = share.reshape(-1, *[1] * (features.ndim - 1))
    mixture = weight * features + (1 - weight) * others[0]
    return inputs._replace(
        features=mixture.astype(features.dtype),  # bfloat16 says that they are standardized
        lengths=jnp.minimum(lengths, others[1]),
        mixture=Mixture(others[2], share, others[3]),
    )


def loss_of(loss: Loss, output: Output, inputs: Inputs) -> jax.Array:
    """Return float32 (batch,): the loss of each utterance; of a mixture, by the shares of both.

    The members of an ensemble learn each for itself, and the loss is the mean of theirs. A loss of
    their mean score would let them rely on each other, and they would err together.
    """
    if output.members:
        losses = [loss_of(loss, member, inputs) for member in output.members]
        return jnp.stack(losses).mean(0)
    own = loss(output, inputs.labels)
    if inputs.step_labels is not None:
        own = own + loss.of_steps(output, inputs.step_labels)
    if inputs.mixture is None:
        return own
    labels, share, _ = inputs.mixture
    return share * own + (1 - share) * loss(output, labels)
