"""LFCC-LCNN-BLSTM in torch, written from its description, on LFCC computed by our front end."""

from __future__ import annotations

import torch  # type: ignore[import-not-found]
from torch import nn  # type: ignore[import-not-found]

STAGES = (
    (5, 64, True, False),
    (1, 64, False, True),
    (3, 96, True, True),
    (1, 96, False, True),
    (3, 128, True, False),
    (1, 128, False, True),
    (3, 64, False, True),
    (1, 64, False, True),
    (3, 64, True, False),
)
"""Of each stage: kernel size, channels before the maximum, whether a pool and a norm follow."""


class MaxFeatureMap(nn.Module):
    """The maximum of both halves of the channels."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (batch, 2 n, ...) to (batch, n, ...)."""
        return torch.maximum(*x.chunk(2, 1))


class Recurrent(nn.Module):
    """A bidirectional LSTM under the name of the published files."""

    def __init__(self):
        super().__init__()
        self.l_blstm = nn.LSTM(96, 48, bidirectional=True, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (batch, frames, 96) to the same shape."""
        return self.l_blstm(x)[0]


class LCNN(nn.Module):
    """The whole network, with the names of the published files."""

    def __init__(self):
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 1
        for size, channels, has_pool, has_norm in STAGES:
            layers += [nn.Conv2d(inputs, channels, size, padding=size // 2), MaxFeatureMap()]
            layers += [nn.MaxPool2d(2)] if has_pool else []
            inputs = channels // 2
            layers += [nn.BatchNorm2d(inputs, affine=False)] if has_norm else []
        self.m_transform = nn.ModuleList([nn.Sequential(*layers, nn.Dropout(0.7))])
        self.m_before_pooling = nn.ModuleList([nn.Sequential(Recurrent(), Recurrent())])
        self.m_output_act = nn.ModuleList([nn.Linear(96, 1)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map LFCC (batch, frames, 60) to one logit for each utterance."""
        x = self.m_transform[0](x[:, None]).transpose(1, 2).flatten(2)
        return self.m_output_act[0]((x + self.m_before_pooling[0](x)).mean(1))


def network(name: str) -> nn.Module:
    """Return LCNN."""
    return LCNN()
