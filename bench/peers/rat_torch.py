"""RAT in torch."""

from __future__ import annotations

import torch  # type: ignore[import-not-found]
from head_sizes import WIDTH
from torch import Tensor, nn  # type: ignore[import-not-found]
from torch.nn import functional  # type: ignore[import-not-found]


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
