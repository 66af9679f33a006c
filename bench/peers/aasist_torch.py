"""AASIST and AASIST-L in torch, written from their description (facts of the paper and its code).

`network(name)` takes the tensors of the published files as they are. It imports torch alone.
"""

from __future__ import annotations

import numpy as np
import torch  # type: ignore[import-not-found]
from torch import nn  # type: ignore[import-not-found]

FORMS = {
    "aasist": ((32, 32, 64, 64, 64, 64), (64, 32), (0.5, 0.7, 0.5)),
    "aasist_l": ((32, 32, 24, 24, 24, 24), (24, 32), (0.4, 0.5, 0.7)),
}
"""Widths of the blocks, widths of the nodes, and shares of the nodes that are kept."""
RATE = 16_000


def sinc_filters(filters: int, taps: int) -> torch.Tensor:
    """Return (filters, 1, taps): Hamming-windowed band-pass filters, evenly spaced in mel."""
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + RATE / 1400), filters + 1) / 2595) - 1)
    time = np.arange(taps) - taps // 2
    rows = [2 * edge / RATE * np.sinc(2 * edge * time / RATE) for edge in edges]
    return torch.tensor(np.hamming(taps) * np.diff(rows, axis=0), dtype=torch.float32)[:, None]


class Block(nn.Module):
    """A residual block; `bn1` is in the published files and has no effect."""

    def __init__(self, inputs: int, outputs: int, is_first: bool):
        super().__init__()
        if not is_first:
            self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, (2, 3), padding=(1, 1))
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, (2, 3), padding=(0, 1))
        if inputs != outputs:
            self.conv_downsample = nn.Conv2d(inputs, outputs, (1, 3), padding=(0, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (batch, inputs, bands, frames) to (batch, outputs, bands, frames // 3)."""
        y = self.conv2(nn.functional.selu(self.bn2(self.conv1(x))))
        y = y + (self.conv_downsample(x) if hasattr(self, "conv_downsample") else x)
        return nn.functional.max_pool2d(y, (1, 3))


def _vector(width: int) -> nn.Parameter:
    return nn.Parameter(nn.init.xavier_normal_(torch.empty(width, 1)))


class Attention(nn.Module):
    """Graph attention over products of nodes."""

    def __init__(self, inputs: int, outputs: int, temperature: float):
        super().__init__()
        self.att_proj = nn.Linear(inputs, outputs)
        self.att_weight = _vector(outputs)
        self.proj_with_att = nn.Linear(inputs, outputs)
        self.proj_without_att = nn.Linear(inputs, outputs)
        self.bn = nn.BatchNorm1d(outputs)
        self.drop = nn.Dropout(0.2)
        self.temperature = temperature

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (batch, nodes, inputs) to (batch, nodes, outputs)."""
        x = self.drop(x)
        hidden = torch.tanh(self.att_proj(x[:, :, None] * x[:, None]))
        weights = torch.softmax((hidden @ self.att_weight)[..., 0] / self.temperature, -1)
        return _normalised(self.bn, self.proj_with_att(weights @ x) + self.proj_without_att(x))


class Heterogeneous(nn.Module):
    """Graph attention over two graphs and a master node."""

    def __init__(self, inputs: int, outputs: int, temperature: float):
        super().__init__()
        self.proj_type1 = nn.Linear(inputs, inputs)
        self.proj_type2 = nn.Linear(inputs, inputs)
        for name in ("att_proj", "att_projM", "proj_with_att", "proj_without_att"):
            setattr(self, name, nn.Linear(inputs, outputs))
        self.proj_with_attM = nn.Linear(inputs, outputs)
        self.proj_without_attM = nn.Linear(inputs, outputs)
        for name in ("11", "22", "12", "M"):
            setattr(self, f"att_weight{name}", _vector(outputs))
        self.bn = nn.BatchNorm1d(outputs)
        self.drop = nn.Dropout(0.2)
        self.temperature = temperature

    def forward(self, first: torch.Tensor, second: torch.Tensor, master: torch.Tensor):
        """Return both graphs and the master node, of width `outputs`."""
        n = first.shape[1]
        x = self.drop(torch.cat([self.proj_type1(first), self.proj_type2(second)], 1))
        hidden = torch.tanh(self.att_proj(x[:, :, None] * x[:, None]))
        logits = (hidden @ self.att_weight12)[..., 0]
        logits[:, :n, :n] = (hidden[:, :n, :n] @ self.att_weight11)[..., 0]
        logits[:, n:, n:] = (hidden[:, n:, n:] @ self.att_weight22)[..., 0]
        weights = torch.softmax(logits / self.temperature, -1)
        hidden = torch.tanh(self.att_projM(x * master)) @ self.att_weightM
        toward = torch.softmax(hidden[..., 0] / self.temperature, -1)[:, None]
        master = self.proj_with_attM(toward @ x) + self.proj_without_attM(master)
        y = _normalised(self.bn, self.proj_with_att(weights @ x) + self.proj_without_att(x))
        return y[:, :n], y[:, n:], master


def _normalised(norm: nn.BatchNorm1d, x: torch.Tensor) -> torch.Tensor:
    return nn.functional.selu(norm(x.flatten(0, 1)).view(x.shape))


class Pool(nn.Module):
    """The nodes with the highest scores, times their scores."""

    def __init__(self, width: int, ratio: float):
        super().__init__()
        self.proj = nn.Linear(width, 1)
        self.drop = nn.Dropout(0.3)
        self.ratio = ratio

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (batch, nodes, width) to (batch, kept, width)."""
        scores = torch.sigmoid(self.proj(self.drop(x)))
        order = torch.topk(scores, max(int(x.shape[1] * self.ratio), 1), dim=1)[1]
        return torch.gather(x * scores, 1, order.expand(-1, -1, x.shape[2]))


class AASIST(nn.Module):
    """The whole network, with the names of the published files."""

    def __init__(self, name: str):
        super().__init__()
        channels, (inputs, outputs), ratios = FORMS[name]
        self.register_buffer("filters", sinc_filters(70, 129), persistent=False)
        self.first_bn = nn.BatchNorm2d(1)
        widths = (1, *channels)
        self.encoder = nn.Sequential(
            *(nn.Sequential(Block(widths[k], widths[k + 1], k == 0)) for k in range(6))
        )
        self.pos_S = nn.Parameter(torch.randn(1, 23, widths[-1]))
        self.GAT_layer_S = Attention(widths[-1], inputs, 2.0)
        self.GAT_layer_T = Attention(widths[-1], inputs, 2.0)
        self.pool_S, self.pool_T = Pool(inputs, ratios[0]), Pool(inputs, ratios[1])
        for k in (1, 2):
            setattr(self, f"master{k}", nn.Parameter(torch.randn(1, 1, inputs)))
            setattr(self, f"HtrgGAT_layer_ST{k}1", Heterogeneous(inputs, outputs, 100.0))
            setattr(self, f"HtrgGAT_layer_ST{k}2", Heterogeneous(outputs, outputs, 100.0))
            setattr(self, f"pool_hS{k}", Pool(outputs, ratios[2]))
            setattr(self, f"pool_hT{k}", Pool(outputs, ratios[2]))
        self.way, self.drop = nn.Dropout(0.2), nn.Dropout(0.5)
        self.out_layer = nn.Linear(5 * outputs, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (batch, samples) to the logits of spoof and bona fide."""
        x = nn.functional.conv1d(x[:, None], self.filters)
        x = nn.functional.max_pool2d(x.abs()[:, None], 3)
        x = self.encoder(nn.functional.selu(self.first_bn(x))).abs()
        bands = self.pool_S(self.GAT_layer_S(x.amax(3).transpose(1, 2) + self.pos_S))
        frames = self.pool_T(self.GAT_layer_T(x.amax(2).transpose(1, 2)))
        one, two = (self._branch(k, frames, bands) for k in (1, 2))
        frames, bands, master = (torch.maximum(a, b) for a, b in zip(one, two, strict=True))
        parts = [frames.abs().amax(1), frames.mean(1), bands.abs().amax(1), bands.mean(1)]
        return self.out_layer(self.drop(torch.cat([*parts, master[:, 0]], 1)))

    def _branch(self, k: int, frames: torch.Tensor, bands: torch.Tensor):
        first, second = (getattr(self, f"HtrgGAT_layer_ST{k}{n}") for n in (1, 2))
        master = getattr(self, f"master{k}").expand(len(frames), -1, -1)
        frames, bands, master = first(frames, bands, master)
        bands = getattr(self, f"pool_hS{k}")(bands)
        frames = getattr(self, f"pool_hT{k}")(frames)
        added = second(frames, bands, master)
        pairs = zip((frames, bands, master), added, strict=True)
        return tuple(self.way(a + b) for a, b in pairs)


def network(name: str) -> nn.Module:
    """Return AASIST ("aasist") or AASIST-L ("aasist_l")."""
    return AASIST(name)
