"""Optimisers with their schedules, as optax transformations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spoofjax.config import Optimizer
from spoofjax.training.part_rates import Rates, check_rates, scaled_parts

if TYPE_CHECKING:
    import optax


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam with warm-up, a schedule, decoupled weight decay (AdamW) and gradient clipping."""

    learning_rate: float = 1e-3
    final_learning_rate: float = 0.0
    """Learning rate at the end of the cosine schedule."""
    schedule: Literal["cosine", "constant"] = "cosine"
    warm_up: int = 20
    """Steps over which the learning rate rises linearly, from 1/warm_up of its value."""
    weight_decay: float = 1e-4
    clip: float | None = 5.0
    """Largest global norm of the gradient; None: no clipping."""
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8
    rates: Rates = ()
    """Learning rates of parts, as factors: (("encoder", 0.1),) trains all arrays whose names begin
    with encoder at a tenth of the rate. Of several parts that hold an array, the longest counts."""

    def __post_init__(self) -> None:
        check_rates(self.rates)

    @property
    def depends_on_length(self) -> bool:
        """Whether the learning rate depends on the length of the run, as under the cosine."""
        return self.schedule == "cosine"

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of `step` (0-based) in a run of `steps` steps."""
        if step < self.warm_up:
            return self.learning_rate * (step + 1) / self.warm_up
        if self.schedule == "constant":
            return self.learning_rate
        done = min((step - self.warm_up) / max(steps - self.warm_up, 1), 1.0)
        span = self.learning_rate - self.final_learning_rate
        return self.final_learning_rate + span * 0.5 * (1 + math.cos(math.pi * done))

    def build(self, steps: int) -> optax.GradientTransformation:
        """Return the optax transformation for a run of `steps` steps."""
        import jax.numpy as jnp
        import optax

        def rate(count):
            # The same curve as learning_rate_at, for a traced count.
            rising = self.learning_rate * (count + 1) / max(self.warm_up, 1)
            if self.schedule == "constant":
                falling = self.learning_rate
            else:
                done = (count - self.warm_up) / max(steps - self.warm_up, 1)
                span = self.learning_rate - self.final_learning_rate
                cosine = 1 + jnp.cos(jnp.pi * jnp.clip(done, 0.0, 1.0))
                falling = self.final_learning_rate + span * 0.5 * cosine
            return jnp.where(count < self.warm_up, rising, falling)

        adam = optax.adamw(
            rate, b1=self.b1, b2=self.b2, eps=self.eps, weight_decay=self.weight_decay
        )
        clipping = [] if self.clip is None else [optax.clip_by_global_norm(self.clip)]
        return optax.chain(*clipping, adam, *scaled_parts(self.rates))


@dataclass(frozen=True)
class SGD(Optimizer):
    """Plain stochastic gradient descent with optional momentum, at a constant rate."""

    learning_rate: float = 0.1
    momentum: float = 0.0
    rates: Rates = ()
    """Learning rates of parts, as factors; see `Adam.rates`."""

    def __post_init__(self) -> None:
        check_rates(self.rates)

    @property
    def depends_on_length(self) -> bool:
        """False: every step has the same learning rate."""
        return False

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate, the same at every step."""
        return self.learning_rate

    def build(self, steps: int) -> optax.GradientTransformation:
        """Return the optax transformation."""
        import optax

        sgd = optax.sgd(self.learning_rate, momentum=self.momentum or None)
        return optax.chain(sgd, *scaled_parts(self.rates)) if self.rates else sgd
