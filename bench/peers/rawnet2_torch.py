"""RawNet2, the baseline of ASVspoof 2021, in torch, written from its description."""

from __future__ import annotations

import torch  # type: ignore[import-not-found]
from aasist_torch import sinc_filters
from torch import nn  # type: ignore[import-not-found]


class Block(nn.Module):
    """A residual block over time. The published one has a `bn1` without effect as well."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv1 = nn.Conv1d(inputs, outputs, 3, padding=1)
        self.bn2 = nn.BatchNorm1d(outputs)
        self.conv2 = nn.Conv1d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.conv_downsample = nn.Conv1d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (batch, inputs, frames) to (batch, outputs, frames // 3)."""
        y = self.conv2(nn.functional.leaky_relu(self.bn2(self.conv1(x)), 0.3))
        y = y + (self.conv_downsample(x) if hasattr(self, "conv_downsample") else x)
        return nn.functional.max_pool1d(y, 3)


class RawNet2(nn.Module):
    """The whole network."""

    def __init__(self):
        super().__init__()
        self.register_buffer("filters", sinc_filters(20, 1025), persistent=False)
        self.first_bn = nn.BatchNorm1d(20)
        widths = (20, 20, 20, 128, 128, 128, 128)
        for k in range(6):
            setattr(self, f"block{k}", nn.Sequential(Block(widths[k], widths[k + 1])))
            scale = nn.Sequential(nn.Linear(widths[k + 1], widths[k + 1]))
            setattr(self, f"fc_attention{k}", scale)
        self.bn_before_gru = nn.BatchNorm1d(128)
        self.gru = nn.GRU(128, 1024, 3, batch_first=True)
        self.fc1_gru = nn.Linear(1024, 1024)
        self.fc2_gru = nn.Linear(1024, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (batch, samples) to the logits of spoof and bona fide."""
        x = nn.functional.conv1d(x[:, None], self.filters)
        x = nn.functional.selu(self.first_bn(nn.functional.max_pool1d(x.abs(), 3)))
        for k in range(6):
            x = getattr(self, f"block{k}")(x)
            scale = torch.sigmoid(getattr(self, f"fc_attention{k}")(x.mean(2)))[..., None]
            x = x * scale + scale
        x = nn.functional.selu(self.bn_before_gru(x)).transpose(1, 2)
        return self.fc2_gru(self.fc1_gru(self.gru(x)[0][:, -1]))


def network(name: str) -> nn.Module:
    """Return RawNet2."""
    return RawNet2()
