"""Nes2Net-X in torch."""

from __future__ import annotations

import torch  # type: ignore[import-not-found]
from head_sizes import WIDTH
from torch import Tensor, nn  # type: ignore[import-not-found]


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
