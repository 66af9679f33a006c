"""SSL-AASIST in torch: residual blocks over a map, attention maps, graphs."""

from __future__ import annotations

import torch  # type: ignore[import-not-found]
from head_sizes import WIDTH
from torch import Tensor, nn  # type: ignore[import-not-found]
from torch.nn import functional  # type: ignore[import-not-found]


class GraphAttention(nn.Module):
    """Attention over all pairs of nodes, by their products."""

    def __init__(self, inputs: int, outputs: int, temperature: float):
        super().__init__()
        self.attention = nn.Linear(inputs, outputs)
        self.weight = nn.Parameter(torch.empty(outputs))
        self.with_attention = nn.Linear(inputs, outputs)
        self.without_attention = nn.Linear(inputs, outputs)
        self.norm = nn.BatchNorm1d(outputs)
        self.temperature = temperature

    def forward(self, x: Tensor) -> Tensor:
        pairs = x.unsqueeze(2) * x.unsqueeze(1)
        logits = torch.tanh(self.attention(pairs)) @ self.weight / self.temperature
        y = self.with_attention(torch.softmax(logits, dim=-1) @ x) + self.without_attention(x)
        return torch.selu(self.norm(y.flatten(0, 1)).view_as(y))


class HeterogeneousAttention(nn.Module):
    """Attention over two kinds of nodes, and a master node that sees both."""

    def __init__(self, inputs: int, outputs: int, temperature: float):
        super().__init__()
        self.first, self.second = nn.Linear(inputs, inputs), nn.Linear(inputs, inputs)
        self.attention = nn.Linear(inputs, outputs)
        self.within_first = nn.Parameter(torch.empty(outputs))
        self.within_second = nn.Parameter(torch.empty(outputs))
        self.across = nn.Parameter(torch.empty(outputs))
        self.with_attention = nn.Linear(inputs, outputs)
        self.without_attention = nn.Linear(inputs, outputs)
        self.master_attention = nn.Linear(inputs, outputs)
        self.master_weight = nn.Parameter(torch.empty(outputs))
        self.master_with_attention = nn.Linear(inputs, outputs)
        self.master_without_attention = nn.Linear(inputs, outputs)
        self.norm = nn.BatchNorm1d(outputs)
        self.temperature = temperature

    def forward(self, first: Tensor, second: Tensor, master: Tensor) -> tuple[Tensor, ...]:
        n = first.size(1)
        x = torch.cat([self.first(first), self.second(second)], dim=1)
        hidden = torch.tanh(self.attention(x.unsqueeze(2) * x.unsqueeze(1)))
        board = torch.zeros_like(hidden[..., 0])
        board[:, :n, :n] = hidden[:, :n, :n] @ self.within_first
        board[:, n:, n:] = hidden[:, n:, n:] @ self.within_second
        board[:, :n, n:] = hidden[:, :n, n:] @ self.across
        board[:, n:, :n] = hidden[:, n:, :n] @ self.across
        weights = torch.softmax(board / self.temperature, dim=-1)
        y = self.with_attention(weights @ x) + self.without_attention(x)
        y = torch.selu(self.norm(y.flatten(0, 1)).view_as(y))
        logits = torch.tanh(self.master_attention(x * master)) @ self.master_weight
        weights = torch.softmax(logits / self.temperature, dim=-1).unsqueeze(1)
        master = self.master_with_attention(weights @ x) + self.master_without_attention(master)
        return y[:, :n], y[:, n:], master


class GraphPool(nn.Module):
    """The nodes of the highest scores, times their scores."""

    def __init__(self, width: int):
        super().__init__()
        self.score = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        scores = torch.sigmoid(self.score(x))
        _, order = torch.topk(scores, max(x.size(1) // 2, 1), dim=1)
        return torch.gather(x * scores, 1, order.expand(-1, -1, x.size(2)))


class Stack(nn.Module):
    """Two heterogeneous layers with pools."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.master = nn.Parameter(torch.empty(1, 1, inputs))
        self.first = HeterogeneousAttention(inputs, outputs, 100.0)
        self.second = HeterogeneousAttention(outputs, outputs, 100.0)
        self.pool_bands, self.pool_frames = GraphPool(outputs), GraphPool(outputs)

    def forward(self, frames: Tensor, bands: Tensor) -> tuple[Tensor, ...]:
        frames, bands, master = self.first(frames, bands, self.master)
        bands, frames = self.pool_bands(bands), self.pool_frames(frames)
        added = self.second(frames, bands, master)
        return frames + added[0], bands + added[1], master + added[2]


class ResidualMap(nn.Module):
    """A block of SSL-AASIST, without the batch norm that it computes and does not use."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, (2, 3), padding=(1, 1))
        self.norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, (2, 3), padding=(0, 1))
        self.changes = inputs != outputs
        if self.changes:
            self.shortcut = nn.Conv2d(inputs, outputs, (1, 3), padding=(0, 1))

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(torch.selu(self.norm(self.first(x))))
        return y + (self.shortcut(x) if self.changes else x)


class MapAttention(nn.Module):
    """1 x 1 convolutions; they are linear layers over the channels."""

    def __init__(self, channels: int):
        super().__init__()
        self.first, self.last = (
            nn.Linear(channels, 2 * channels),
            nn.Linear(2 * channels, channels),
        )
        self.norm = nn.BatchNorm2d(2 * channels)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.selu(self.first(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        return self.last(self.norm(y).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class SSLAASIST(nn.Module):
    """Projection, max-pool, residual blocks, attention maps, graphs."""

    def __init__(
        self,
        projection: int = 12,
        channels: tuple[int, ...] = (2, 2, 3),
        graph: tuple[int, int] = (4, 2),
    ):
        super().__init__()
        self.projection = nn.Linear(WIDTH, projection)
        self.first_norm, self.last_norm = nn.BatchNorm2d(1), nn.BatchNorm2d(channels[-1])
        inputs = (1, *channels[:-1])
        self.blocks = nn.ModuleList(map(ResidualMap, inputs, channels))
        self.weights = MapAttention(channels[-1])
        self.position = nn.Parameter(torch.empty(1, projection // 3, channels[-1]))
        self.bands = GraphAttention(channels[-1], graph[0], 2.0)
        self.frames = GraphAttention(channels[-1], graph[0], 2.0)
        self.pool_bands, self.pool_frames = GraphPool(graph[0]), GraphPool(graph[0])
        self.stacks = nn.ModuleList(Stack(*graph) for _ in range(2))
        self.output = nn.Linear(5 * graph[1], 2)

    def forward(self, states: Tensor, last: Tensor) -> Tensor:
        x = functional.max_pool2d(self.projection(last).mT.unsqueeze(1), 3)
        x = torch.selu(self.first_norm(x))
        for block in self.blocks:
            x = block(x)
        x = torch.selu(self.last_norm(x))  # batch, channels, bands, frames
        weights = self.weights(x)
        bands = (x * torch.softmax(weights, dim=3)).sum(3).mT + self.position
        frames = (x * torch.softmax(weights, dim=2)).sum(2).mT
        bands, frames = self.pool_bands(self.bands(bands)), self.pool_frames(self.frames(frames))
        one, other = (stack(frames, bands) for stack in self.stacks)
        frames, bands, master = (torch.maximum(*pair) for pair in zip(one, other, strict=True))
        read = []
        for nodes in (frames, bands):
            read += [nodes.abs().amax(1), nodes.mean(1)]
        return self.output(torch.cat([*read, master[:, 0]], dim=1))
