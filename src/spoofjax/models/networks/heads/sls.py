"""The layers of `SLS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.layers import BatchNorm, Dense, max_pool, valid, zero_padding
from spoofjax.models.layers.masking import along

if TYPE_CHECKING:
    from spoofjax.models.heads.sls import SLS


class SLSNetwork(nnx.Module):
    """See `spoofjax.models.heads.SLS`."""

    def __init__(self, config: SLS, width: int, rngs: nnx.Rngs):
        self.frames, self.pooled = config.frames, config.pooled
        self.gate = Dense(width, 1, rngs)
        self.norm = BatchNorm(1)
        flat = (config.frames // config.pooled) * (width // config.pooled)
        self.hidden = Dense(flat, config.hidden, rngs)
        self.output = Dense(config.hidden, 2, rngs)

    def __call__(
        self,
        encoded: Encoded,
        *,
        train: bool = False,
        key: jax.Array | None = None,
        reference: Encoded | None = None,
    ) -> tuple[jax.Array, jax.Array]:
        """Return log probabilities (batch, 2) and the hidden layer (batch, hidden).

        Padded frames count as silence after the norm, and not at all in the gates. Raises
        ConfigError for clips of another length.
        """
        layers = encoded.layers
        if layers.shape[2] != self.frames:
            raise ConfigError(
                f"SLS was built for clips of {self.frames} frames, but these have "
                f"{layers.shape[2]}: its first dense layer has one weight for each place in the "
                "clip. Set clip.train and clip.evaluate to one length without buckets, such as "
                "64,600 samples (4.04 s, 201 frames), or model.head.frames to that of the clips."
            )
        mask = valid(encoded.lengths, self.frames)
        gates = jax.nn.sigmoid(self.gate(_means_over_time(layers, mask)))
        x = jnp.einsum("lb,lbtd->btd", gates[..., 0], layers)
        x = jax.nn.selu(self.norm(x[..., None], mask, train=train)[..., 0])
        pooled: Any = max_pool(max_pool(zero_padding(x, mask), 1, self.pooled), 2, self.pooled)
        embedding = jax.nn.selu(self.hidden(pooled.reshape(pooled.shape[0], -1)))
        logits = jax.nn.selu(self.output(embedding))
        return jax.nn.log_softmax(logits), embedding


def _means_over_time(layers: jax.Array, mask: jax.Array | None) -> jax.Array:
    """Return (layers, batch, width): the means over the valid frames."""
    if mask is None:
        return layers.mean(2)
    count = jnp.maximum(mask.sum(1, dtype=jnp.float32), 1)
    return jnp.where(along(mask, layers[0]), layers, 0).sum(2) / count[:, None]
