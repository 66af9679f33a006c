"""The block of the convolutional models: convolution, batch norm, max-pool, ReLU."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models.layers.convolution import Conv, block_in_c
from spoofjax.models.layers.maps import convolved
from spoofjax.models.layers.masking import pooled, valid, zero_padding
from spoofjax.models.layers.normalization import BatchNorm, scaled
from spoofjax.models.layers.pooling import MaxPool


class ConvBlock(nnx.Module):
    """One or more of [convolution, batch norm, ReLU], then a max-pool."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: tuple[int, ...],
        pool: tuple[int, ...],
        rngs: nnx.Rngs,
        *,
        convolutions: int = 1,
        batch_norm: bool = True,
        dtype: str = "float32",
    ):
        """`size` and `pool` are (frames,) for 1-D and (frames, bins) for 2-D."""
        widths = (inputs, *(outputs,) * convolutions)
        self.convolutions = nnx.List(
            Conv(a, b, size, rngs, bias=not batch_norm, dtype=dtype)
            for a, b in itertools.pairwise(widths)
        )
        self.norms = nnx.List(BatchNorm(outputs) for _ in range(convolutions if batch_norm else 0))
        self.pool = MaxPool(*pool)

    def __call__(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Map (batch, frames, [bins,] inputs) and lengths to the pooled outputs and lengths."""
        mask = valid(lengths, x.shape[1])
        last = len(self.convolutions) - 1
        for k, convolution in enumerate(self.convolutions):
            if convolution.native and x.ndim == 3 and not train:
                x = self._in_one_pass(k, x, lengths)
                continue
            x = convolution(zero_padding(x, mask))
            # ReLU and maximum commute, so ReLU comes last, where it has fewer elements.
            if k == last and self.norms:
                x = self._pooled_norm(x, mask, train=train)
            elif k == last:
                x = self.pool(x)
            elif self.norms:
                x = self.norms[k](x, mask, train=train)
            x = jax.nn.relu(x)
        return convolved(x), pooled(lengths, self.pool.time)

    def _in_one_pass(self, k: int, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        """Run the k-th convolution and everything before the next one, in evaluation."""
        convolution = self.convolutions[k]
        if self.norms:
            factor, shift = self.norms[k].affine(x, None, train=False)
        else:
            assert convolution.bias is not None
            shift = convolution.bias[...]
            factor = jnp.ones_like(shift)
        if lengths is None:
            lengths = jnp.full(x.shape[0], x.shape[1], jnp.int32)
        pool = self.pool.time if k == len(self.convolutions) - 1 else 1
        kernel = convolution.kernel[...]
        return block_in_c(
            x.astype(kernel.dtype), kernel, factor, shift, lengths.astype(jnp.int32), pool
        )

    def _pooled_norm(self, x: jax.Array, mask: jax.Array | None, *, train: bool) -> jax.Array:
        """Return the max-pool of the last batch norm of `x`, computed by pooling before scaling.

        The result has the same bits, and the gradient of the norm then sums over the maxima only.
        For a channel with a negative factor, the minimum is taken instead.
        """
        factor, shift = self.norms[-1].affine(x, mask, train=train)
        sign = jnp.where(factor < 0, -1.0, 1.0)
        maxima = self.pool(x * sign.astype(x.dtype))
        return scaled(maxima, factor * sign, shift)


def require_frames(frames: int, least: int) -> None:
    """Raise ConfigError where a batch has fewer frames than the max-pools combine into one."""
    if frames < least:
        raise ConfigError(
            f"This model pools {least} frames into one, but its input has only {frames}. "
            "Use longer clips, smaller pools or fewer blocks."
        )
