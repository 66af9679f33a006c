"""Heads that pool hidden states over layers and time, in torch: MeanPool to SLS."""

from __future__ import annotations

import torch  # type: ignore[import-not-found]
from head_sizes import FRAMES, LAYERS, WIDTH
from torch import Tensor, nn  # type: ignore[import-not-found]
from torch.nn import functional  # type: ignore[import-not-found]


class MeanPool(nn.Module):
    """Last layer, mean over time, linear."""

    def __init__(self, projection: int | None = None):
        super().__init__()
        if projection is not None:
            self.projection = nn.Linear(WIDTH, projection)
            self.norm = nn.LayerNorm(projection)
        self.projects = projection is not None
        self.output = nn.Linear(projection or WIDTH, 2)

    def forward(self, states: Tensor, last: Tensor) -> Tensor:
        if self.projects:
            last = torch.relu(self.norm(self.projection(last)))
        return self.output(last.mean(1))


class WeightedStatistics(nn.Module):
    """Softmax over layers, attentive statistics over time, two linear layers."""

    def __init__(self, attention: int = 6, embedding: int = 8):
        super().__init__()
        self.layer_weights = nn.Parameter(torch.zeros(LAYERS + 1))
        self.pooling = nn.ModuleDict(
            {"inner": nn.Linear(WIDTH, attention), "outer": nn.Linear(attention, WIDTH)}
        )
        self.embedding = nn.Linear(2 * WIDTH, embedding)
        self.output = nn.Linear(embedding, 2)

    def forward(self, states: Tensor, last: Tensor) -> Tensor:
        x = (torch.softmax(self.layer_weights, 0).view(-1, 1, 1, 1) * states).sum(0)
        logits = self.pooling["outer"](torch.tanh(self.pooling["inner"](x)))
        weights = torch.softmax(logits, dim=1)
        mean = (weights * x).sum(1)
        variance = (weights * (x - mean[:, None]) ** 2).sum(1)
        pooled = torch.cat([mean, torch.sqrt(variance + 1e-5)], dim=1)
        return self.output(self.embedding(pooled))


class FactorisedAttention(nn.Module):
    """Two weighted sums of the layers give keys and values; heads share the values."""

    def __init__(self, heads: int, compression: int, embedding: int):
        super().__init__()
        self.key_weights = nn.Parameter(torch.ones(LAYERS + 1))
        self.value_weights = nn.Parameter(torch.ones(LAYERS + 1))
        self.keys = nn.Linear(WIDTH, compression)
        self.values = nn.Linear(WIDTH, compression)
        self.attention = nn.Linear(compression, heads)
        self.outputs = nn.Linear(heads * compression, embedding)

    def forward(self, states: Tensor) -> Tensor:
        x = states.permute(1, 3, 2, 0)  # batch, width, frames, layers
        k = (x * torch.softmax(self.key_weights, 0)).sum(-1).transpose(1, 2)
        v = (x * torch.softmax(self.value_weights, 0)).sum(-1).transpose(1, 2)
        k, v = self.keys(k), self.values(v)
        weights = torch.softmax(self.attention(k), dim=1)
        pooled = (weights.unsqueeze(-1) * v.unsqueeze(-2)).sum(1)
        return self.outputs(pooled.flatten(1))


class MHFA(nn.Module):
    """Factorised attention and a linear layer."""

    def __init__(self, heads: int = 4, compression: int = 6, embedding: int = 8):
        super().__init__()
        self.pooling = FactorisedAttention(heads, compression, embedding)
        self.output = nn.Linear(embedding, 2)

    def forward(self, states: Tensor, last: Tensor) -> Tensor:
        return self.output(self.pooling(states))


class SLS(nn.Module):
    """A sigmoid gate for each layer, batch norm, max-pool, linear layers."""

    def __init__(self, hidden: int = 8):
        super().__init__()
        self.gate = nn.Linear(WIDTH, 1)
        self.norm = nn.BatchNorm2d(1)
        self.hidden = nn.Linear((FRAMES // 3) * (WIDTH // 3), hidden)
        self.output = nn.Linear(hidden, 2)

    def forward(self, states: Tensor, last: Tensor) -> Tensor:
        outputs = states[1:].transpose(0, 1)  # batch, layers, frames, width
        gates = torch.sigmoid(self.gate(outputs.mean(2)))
        x = (gates.unsqueeze(2) * outputs).sum(1).unsqueeze(1)
        x = functional.max_pool2d(torch.selu(self.norm(x)), 3)
        x = torch.selu(self.hidden(x.flatten(1)))
        return torch.log_softmax(torch.selu(self.output(x)), dim=1)
