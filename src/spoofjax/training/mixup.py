"""Mixup: every utterance of a batch is mixed with another one, and so are their labels.

Zhang, Cissé, Dauphin and Lopez-Paz (2018), on features. Partners and proportions depend on the
run's seed, the step and the slot alone, so they are the same on any number of devices.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from spoofjax.config import Loss
from spoofjax.models.layers import slot_keys
from spoofjax.models.output import Output

PARTNERS, SHARES = 0x6D6978, 0x6D6979
"""Folded into the key of a step, so that these draws do not repeat those of dropout."""


class Mixed(NamedTuple):
    """A training batch whose utterances are mixtures of two."""

    features: Any
    """float32 (batch, frames, coefficients), or (batch, samples) for waveform front ends."""
    lengths: Any
    """int32 (batch,): frames (or samples) that are valid in both utterances of a mixture."""
    labels: Any
    """int32 (batch,): the label of the utterance in this slot."""
    other_labels: Any
    """int32 (batch,): the label of the utterance that is mixed in."""
    share: Any
    """float32 (batch,): the share of the utterance in this slot."""


def mixed(inputs: Any, alpha: float, key: jax.Array, axis: str | None = None) -> Mixed:
    """Return the batch with each utterance mixed with that of another slot, or with itself.

    `inputs` has features, lengths and labels; `key` is that of the step. Under pmap they are a
    device's share of the batch, and `axis` names the axis that joins the shares.
    """
    everything = inputs
    slots = jnp.arange(inputs.labels.shape[0])
    if axis is not None:
        everything = jax.lax.all_gather(inputs, axis, tiled=True)
        slots = slots + jax.lax.axis_index(axis) * len(slots)
    order = jax.random.permutation(jax.random.fold_in(key, PARTNERS), everything.labels.shape[0])
    other = jax.tree.map(lambda array: array[order[slots]], everything)
    keys = slot_keys(jax.random.fold_in(key, SHARES), slots)
    share = jax.vmap(lambda key: jax.random.beta(key, alpha, alpha))(keys).astype(jnp.float32)
    weight = share.reshape(-1, *[1] * (inputs.features.ndim - 1))
    features = weight * inputs.features + (1 - weight) * other.features
    lengths = jnp.minimum(inputs.lengths, other.lengths)
    return Mixed(features, lengths, inputs.labels, other.labels, share)


def loss_of(loss: Loss, output: Output, inputs: Any) -> jax.Array:
    """Return float32 (batch,): the loss of each utterance; of a mixture, by the shares of both."""
    own = loss(output, inputs.labels)
    if not isinstance(inputs, Mixed):
        return own
    return inputs.share * own + (1 - inputs.share) * loss(output, inputs.other_labels)
