"""The networks of `TokenTransformer` and `TokenSurprisal`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.models.layers import (
    Dense,
    LayerNorm,
    TransformerLayer,
    mean_over_time,
    numbered_key,
    positions,
    require_frames,
    stacked,
    statistics_over_time,
    valid,
)
from spoofjax.models.layers.initial import parameter
from spoofjax.models.layers.quantizer import ResidualQuantizer
from spoofjax.models.network import Network
from spoofjax.models.networks.cnn2d import Trunk2D
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.models.tokens import Tokens, TokenSurprisal, TokenTransformer


class TokenNetwork(Network):
    """Turns frames into codes, and codes into vectors that a transformer changes."""

    def add_layers(self, config: Tokens, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the codebooks, the embeddings of codes and the transformer."""
        self.stack = config.stack
        self.dtype = config.dtype
        self.quantizer = ResidualQuantizer(
            config.quantisers, config.codes, config.stack * coefficients
        )
        shape = (config.quantisers, config.codes, config.width)
        self.embeddings = parameter(rngs, shape, _small_normal)
        self.layers = nnx.List(
            TransformerLayer(
                config.width, config.heads, rngs, dropout=config.dropout, dtype=config.dtype
            )
            for _ in range(config.layers)
        )
        self.norm = LayerNorm(config.width)
        return config.width

    def learn(
        self, features: np.ndarray, lengths: np.ndarray, labels: np.ndarray, seed: int
    ) -> None:
        """Learn the codebooks on training features (batch, frames, coefficients) by k-means."""
        tokens, counts = stacked(self._standardized(features), jnp.asarray(lengths), self.stack)
        is_valid = np.asarray(valid(counts, tokens.shape[1]))
        self.quantizer.learn(np.asarray(tokens)[is_valid], seed)

    def codes_of(
        self, x: jax.Array, lengths: jax.Array | None
    ) -> tuple[jax.Array, jax.Array | None]:
        """Map standardized (batch, frames, coefficients) to codes (batch, tokens, quantisers).

        The second result is the number of valid tokens, int32 (batch,), or None.
        """
        require_frames(x.shape[1], self.stack)
        tokens, lengths = stacked(x, lengths, self.stack)
        return self.quantizer.encode(tokens), lengths

    def transformed(
        self,
        x: jax.Array,
        mask: jax.Array | None,
        *,
        causal: bool = False,
        train: bool,
        key: jax.Array | None,
    ) -> jax.Array:
        """Run the transformer over (batch, tokens, width)."""
        x = (x + positions(*x.shape[1:])).astype(self.dtype)
        for number, layer in enumerate(self.layers):
            x = layer(x, mask, causal=causal, train=train, key=numbered_key(key, number))
        return self.norm(x)

    def _standardized(self, features: np.ndarray) -> jax.Array:
        assert self.standardize is not None
        return self.standardize(jnp.asarray(features))


class TokenTransformerNetwork(TokenNetwork):
    """See `spoofjax.models.TokenTransformer`."""

    def add_layers(self, config: TokenTransformer, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the layers over tokens and the convolutional branch, if any."""
        width = super().add_layers(config, coefficients, rngs)
        cnn = config.cnn.replace(dtype=config.dtype)
        self.trunk = Trunk2D(cnn, coefficients, rngs) if config.beside_cnn else None
        return width if self.trunk is None else width + 2 * self.trunk.width

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map (batch, frames, coefficients) to (batch, width): tokens, then the CNN."""
        codes, count = self.codes_of(x, lengths)
        mask = valid(count, codes.shape[1])
        y = summed(self.embeddings[...], codes)
        vectors = [mean_over_time(self.transformed(y, mask, train=train, key=key), mask)]
        if self.trunk is not None:
            z, lengths = self.trunk(x, lengths, train=train)
            vectors.append(statistics_over_time(z, valid(lengths, z.shape[1])))
        return jnp.concatenate(vectors, axis=-1)


class TokenSurprisalNetwork(TokenNetwork):
    """See `spoofjax.models.TokenSurprisal`."""

    def add_layers(self, config: TokenSurprisal, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the layers over tokens, and what predicts each quantiser's code."""
        width = super().add_layers(config, coefficients, rngs)
        self.start = parameter(rngs, (width,), _small_normal)
        # The last quantiser's code helps to predict no other one of its frame.
        self.lower = nnx.List(
            parameter(rngs, (config.codes, width), _small_normal)
            for _ in range(config.quantisers - 1)
        )
        self.predictors = nnx.List(
            Dense(width, config.codes, rngs, dtype=config.dtype) for _ in range(config.quantisers)
        )
        return config.quantisers

    def learn(
        self, features: np.ndarray, lengths: np.ndarray, labels: np.ndarray, seed: int
    ) -> None:
        """Learn the codebooks on the bona fide among the features by k-means."""
        is_bonafide = labels == 1
        super().learn(features[is_bonafide], lengths[is_bonafide], labels[is_bonafide], seed)

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map (batch, frames, coefficients) to (batch, quantisers).

        The result is the mean log-likelihood of each quantiser's codes, in nats.
        """
        codes, count = self.codes_of(x, lengths)
        mask = valid(count, codes.shape[1])
        before = summed(self.embeddings[...], codes[:, :-1])
        first = jnp.broadcast_to(self.start[...], (before.shape[0], 1, before.shape[-1]))
        before = jnp.concatenate([first, before], axis=1)
        state = self.transformed(before, mask, causal=True, train=train, key=key)
        likelihoods = []
        for number, predictor in enumerate(self.predictors):
            logits = predictor(state).astype(jnp.float32)
            code = codes[..., number]
            chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), code[..., None], -1)
            likelihoods.append(chosen[..., 0])
            if number < len(self.lower):
                state = state + self.lower[number][...][code].astype(state.dtype)
        return mean_over_time(jnp.stack(likelihoods, axis=-1), mask)

    def add_head(self, width: int, rngs: nnx.Rngs) -> None:
        """Create nothing: the score needs no further layer."""

    def judge(self, embedding: jax.Array, *, train: bool, key: jax.Array | None) -> Output:
        """Return the sum of the quantisers' log-likelihoods as the score."""
        return Output(embedding.sum(-1), embedding)


def summed(embeddings: jax.Array, codes: jax.Array) -> jax.Array:
    """Return (batch, tokens, width): the sum of the embeddings of a token's codes.

    `embeddings` is (quantisers, codes, width), `codes` int32 (batch, tokens, quantisers).
    """
    parts = [embeddings[n][codes[..., n]] for n in range(len(embeddings))]
    return sum(parts[1:], parts[0])


def _small_normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.normal(0, 0.1, shape)
