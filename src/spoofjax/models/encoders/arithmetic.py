"""Parts of a layer with backward passes of their own.

GELU and layer norm keep their inputs and no intermediates. A matrix product computes the gradient
of its kernel in the kernel's own layout.
"""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax


@jax.custom_vjp
def product(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Return `x` (..., inputs) times `kernel` (inputs, outputs).

    JAX's own derivative computes the gradient of the kernel transposed and then transposes it,
    which takes half as long as the product on a CPU.
    """
    return x @ kernel


def _product_backward(
    kept: tuple[jax.Array, jax.Array], gradient: jax.Array
) -> tuple[jax.Array, jax.Array]:
    x, kernel = kept
    return gradient @ kernel.T, jnp.einsum("...i,...o->io", x, gradient)


product.defvjp(lambda x, kernel: (product(x, kernel), (x, kernel)), _product_backward)


@jax.custom_vjp
def gelu(x: jax.Array) -> jax.Array:
    """Return x Phi(x), with the exact normal distribution Phi (Hendrycks and Gimpel, 2016).

    It computes in float32 and returns the dtype of `x`.
    """
    wide = x.astype(jnp.float32)
    return (0.5 * wide * (1 + lax.erf(wide * math.sqrt(0.5)))).astype(x.dtype)


def _gelu_forward(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    return gelu(x), x


def _gelu_backward(x: jax.Array, gradient: jax.Array) -> tuple[jax.Array]:
    wide = x.astype(jnp.float32)
    distribution = 0.5 * (1 + lax.erf(wide * math.sqrt(0.5)))
    density = jnp.exp(-0.5 * jnp.square(wide)) * (1 / math.sqrt(2 * math.pi))
    return (((distribution + wide * density) * gradient).astype(x.dtype),)


gelu.defvjp(_gelu_forward, _gelu_backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3, 4))
def layer_norm(
    x: jax.Array, scale: jax.Array, bias: jax.Array, epsilon: float, dtype: str
) -> jax.Array:
    """Normalise the last axis of `x`, and return it in `dtype` (Ba et al., 2016).

    `scale` and `bias` are float32 (channels,). Statistics are float32.
    """
    mean, deviation = _statistics(x, epsilon)
    return ((x - mean) * deviation * scale + bias).astype(dtype)


def _statistics(x: jax.Array, epsilon: float) -> tuple[jax.Array, jax.Array]:
    """Return the mean and one over the deviation, float32 (..., 1)."""
    wide = x.astype(jnp.float32)
    mean = wide.mean(-1, keepdims=True)
    variance = jnp.square(wide - mean).mean(-1, keepdims=True)
    return mean, lax.rsqrt(variance + epsilon)


def _layer_norm_forward(x, scale, bias, epsilon, dtype):
    return layer_norm(x, scale, bias, epsilon, dtype), (x, scale)


def _layer_norm_backward(epsilon, dtype, kept, gradient):
    x, scale = kept
    mean, inverse = _statistics(x, epsilon)
    normalised = (x - mean) * inverse
    gradient = gradient.astype(jnp.float32)
    inner = gradient * scale
    along = (inner * normalised).mean(-1, keepdims=True)
    of_x = inverse * (inner - inner.mean(-1, keepdims=True) - normalised * along)
    rows = tuple(range(x.ndim - 1))
    return of_x.astype(x.dtype), (gradient * normalised).sum(rows), gradient.sum(rows)


layer_norm.defvjp(_layer_norm_forward, _layer_norm_backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def scale_gradient(x: jax.Array, factor: float) -> jax.Array:
    """Return `x`; its gradient is multiplied by `factor`."""
    return x


scale_gradient.defvjp(
    lambda x, factor: (x, None),
    lambda factor, _, gradient: ((factor * gradient).astype(gradient.dtype),),
)
