"""The heads of models/heads/ as their authors write them in torch, with random weights.

    python bench/peers/heads_torch.py tests/models/heads/reference.safetensors

writes small inputs, the weights under the names of spoofjax, and the outputs in training and in
evaluation. The modules follow the published descriptions: tensors are channels first, and batch
norm and attention are torch's own. There are no masks, so all utterances have the same length.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]
from safetensors.numpy import save_file
from torch import Tensor, nn  # type: ignore[import-not-found]
from torch.nn import functional  # type: ignore[import-not-found]

LAYERS, BATCH, FRAMES, WIDTH = 3, 4, 10, 24


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


class Nes2NetBlock(nn.Module):
    """The nested block; `seen` is (batch, channels, frames, pieces) and grows by one each step."""

    def __init__(self, channels: int, scale: int, dilation: int):
        super().__init__()
        part = channels // scale
        self.first, self.last = nn.Linear(channels, channels), nn.Linear(channels, channels)
        self.first_norm, self.last_norm = nn.BatchNorm1d(channels), nn.BatchNorm1d(channels)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(part, part, (3, 1), dilation=(dilation, 1), padding=(dilation, 0))
            for _ in range(scale - 1)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(part) for _ in range(scale - 1))
        self.weights = nn.ParameterList(torch.full((k + 2,), 1 / (k + 2)) for k in range(scale - 1))
        self.squeeze, self.excite = nn.Linear(channels, channels), nn.Linear(channels, channels)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        y = self.first_norm(torch.relu(self.first(x.mT).mT))
        pieces = torch.chunk(y.unsqueeze(-1), self.scale, dim=1)
        seen, outputs = pieces[-1], []
        for k in range(self.scale - 1):
            seen = torch.cat([seen, pieces[k]], dim=-1)
            seen = self.norms[k](torch.relu(self.convolutions[k](seen)))
            outputs.append((seen * self.weights[k]).sum(-1))
        y = torch.cat([*outputs, pieces[-1].squeeze(-1)], dim=1)
        y = self.last_norm(torch.relu(self.last(y.mT).mT))
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(y.mean(-1)))))
        return y * gate.unsqueeze(-1) + x


class Nes2NetX(nn.Module):
    """Groups of the last layer's channels, each with a block."""

    def __init__(self, groups: int = 3, scale: int = 4, dilation: int = 2):
        super().__init__()
        channels = WIDTH // groups
        blocks = range(groups - 1)
        self.blocks = nn.ModuleList(Nes2NetBlock(channels, scale, dilation) for _ in blocks)
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in blocks)
        self.norm = nn.BatchNorm1d(WIDTH)
        self.output = nn.Linear(WIDTH, 2)
        self.groups = groups

    def forward(self, states: Tensor, last: Tensor) -> Tensor:
        groups = torch.chunk(last.mT, self.groups, dim=1)
        outputs: list[Tensor] = []
        for k, (block, norm) in enumerate(zip(self.blocks, self.norms, strict=True)):
            total = groups[k] if k == 0 else outputs[-1] + groups[k]
            outputs.append(norm(torch.relu(block(total))))
        x = torch.relu(self.norm(torch.cat([*outputs, groups[-1]], dim=1)))
        return self.output(x.mean(-1))


class ReferenceBlock(nn.Module):
    """torch's attention, its projection split into four layers so that the names agree."""

    def __init__(self, heads: int, expansion: int):
        super().__init__()
        self.norm, self.last_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.value, self.attended = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.expand = nn.Linear(WIDTH, expansion * WIDTH)
        self.contract = nn.Linear(expansion * WIDTH, WIDTH)
        self.heads = heads

    def forward(self, x: Tensor, reference: Tensor | None) -> Tensor:
        own = self.norm(x)
        other = torch.zeros_like(own) if reference is None else self.norm(reference)
        projections = [self.query, self.key, self.value]
        attended, _ = functional.multi_head_attention_forward(
            own.transpose(0, 1),
            other.transpose(0, 1),
            other.transpose(0, 1),
            WIDTH,
            self.heads,
            torch.cat([p.weight for p in projections]),
            torch.cat([p.bias for p in projections]),
            None,
            None,
            False,
            0.0,
            self.attended.weight,
            self.attended.bias,
        )
        forward = self.contract(torch.relu(self.expand(own)))
        return self.last_norm(x + attended.transpose(0, 1) + forward)


class RAT(nn.Module):
    """All layers folded into the batch, the reference block, mean, linear layers."""

    def __init__(self, heads: int = 4, expansion: int = 1, hidden: tuple[int, int] = (10, 6)):
        super().__init__()
        self.block = ReferenceBlock(heads, expansion)
        sizes = (WIDTH, *hidden)
        self.dense = nn.ModuleList(nn.Linear(sizes[k], sizes[k + 1]) for k in range(2))
        self.norms = nn.ModuleList(nn.BatchNorm1d(size) for size in hidden)
        self.output = nn.Linear(hidden[-1], 2)

    def forward(self, states: Tensor, last: Tensor, reference: Tensor | None = None) -> Tensor:
        outputs = states[1:]
        other = None if reference is None else reference[1:].flatten(0, 1)
        x = self.block(outputs.flatten(0, 1), other).view(outputs.shape).mean((0, 2))
        for dense, norm in zip(self.dense, self.norms, strict=True):
            x = torch.relu(norm(dense(x)))
        return self.output(x)  # spoof, bona fide; the published order is the other one


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


def randomize(module: nn.Module) -> None:
    """Draw all parameters and statistics, so that none stays at a trivial value."""
    with torch.no_grad():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            if not tensor.is_floating_point():
                continue
            if "running_var" in name:
                tensor.uniform_(0.5, 1.5)
            elif tensor.ndim > 1:
                tensor.normal_(0, tensor[0].numel() ** -0.5)
            else:
                tensor.normal_(0.5, 0.3)


def arrays(module: nn.Module) -> dict[str, np.ndarray]:
    """Return parameters and statistics under the names and in the layout of spoofjax."""
    result = {}
    for path, part in module.named_modules():
        own = {
            **dict(part.named_parameters(recurse=False)),
            **dict(part.named_buffers(recurse=False)),
        }
        for name, tensor in own.items():
            value = tensor.detach().numpy()
            if isinstance(part, nn.Linear):
                name, value = {"weight": ("kernel", value.T)}.get(name, (name, value))
            elif isinstance(part, nn.Conv2d):
                kernel = value.transpose(2, 3, 1, 0) if value.ndim == 4 else value
                if path.split(".")[-2:-1] == ["convolutions"]:
                    kernel = kernel.squeeze(1) if value.ndim == 4 else value
                name, value = {"weight": ("kernel", kernel)}.get(name, (name, value))
            elif isinstance(part, (nn.LayerNorm, nn.BatchNorm1d, nn.BatchNorm2d)):
                name = NORM.get(name, name)
            if name != "num_batches_tracked":
                # A copy, because training changes the statistics in place.
                where: list = [*path.split("."), name] if path else [name]
                result["/".join(where)] = np.array(value, order="C")
    return result


NORM = {"weight": "scale", "running_mean": "mean", "running_var": "variance"}

CASES = {
    "mean_pool": lambda: MeanPool(),
    "mean_pool_projection": lambda: MeanPool(projection=8),
    "weighted_statistics": lambda: WeightedStatistics(),
    "mhfa": lambda: MHFA(),
    "sls": lambda: SLS(),
    "nes2net": lambda: Nes2NetX(),
    "rat": lambda: RAT(),
    "ssl_aasist": lambda: SSLAASIST(),
}


def main() -> None:
    """Write the reference outputs to the file named on the command line."""
    torch.manual_seed(1)
    states = torch.randn(LAYERS + 1, BATCH, FRAMES, WIDTH)
    last = states[-1] * 0.5 + 0.1
    reference = torch.randn(LAYERS + 1, BATCH, FRAMES - 4, WIDTH)
    written = {"states": states, "last": last, "reference": reference}
    out = {name: tensor.numpy() for name, tensor in written.items()}
    for case, make in CASES.items():
        module = make()
        randomize(module)
        out |= {f"{case}:{name}": value for name, value in arrays(module).items()}
        # The weighted sums see the last layer after the norm, the others its raw output.
        sums = case in ("weighted_statistics", "mhfa")
        own = torch.cat([states[:-1], last[None]]) if sums else states
        module.eval()
        out[f"{case}>evaluate"] = module(own, last).detach().numpy()
        if case == "ssl_aasist":  # its dropouts, which are not here, are always on in training
            continue
        module.train()
        options = {"reference": reference} if case == "rat" else {}
        out[f"{case}>train"] = module(own, last, **options).detach().numpy()
    save_file(out, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
