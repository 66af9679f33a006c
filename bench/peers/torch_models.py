"""torch's side of bench/train_step.py: torch_models.py JOB {eager,compile} {keep,-}

The same networks as a torch user writes them, with the same weights; `keep` sets the allocator as
spoofjax's trainer does. torch.compile does not compile the LSTM, which runs on eager kernels.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]
from torch import nn  # type: ignore[import-not-found]

sys.path[:0] = [
    str(Path(__file__).resolve().parent),
    str(Path(__file__).resolve().parents[2] / "src"),
]
from step_models import EPSILON, LEARNING_RATE, Contestant, answer, read_job  # noqa: E402

from spoofjax.cluster.allocator import keep_freed_memory  # noqa: E402


class Network(nn.Module):
    """CNN, CNN-LSTM or LSTM on (batch, frames, coefficients)."""

    def __init__(self, model: str, dropout: float):
        super().__init__()
        self.convolutional = model != "lstm"
        self.recurrent = model != "cnn"
        layers: list[nn.Module] = []
        if model == "cnn":
            for inputs, outputs in ((60, 64), (64, 128), (128, 256)):
                layers += [nn.Conv1d(inputs, outputs, 3, padding=1, bias=False)]
                layers += [nn.BatchNorm1d(outputs), nn.ReLU(), nn.MaxPool1d(2)]
            self.hidden = nn.Linear(50 * 256, 128)
        elif model == "cnn_lstm":
            for inputs, outputs in ((60, 64), (64, 128)):
                layers += [nn.Conv1d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2)]
        self.convolutions = nn.Sequential(*layers)
        if self.recurrent:
            depth = 2 if model == "cnn_lstm" else 1
            inputs = 128 if model == "cnn_lstm" else 60
            self.lstm = nn.LSTM(inputs, 128, num_layers=depth, batch_first=True)
        self.dropout = nn.Dropout(dropout if model != "lstm" else 0.0)
        self.head = nn.Linear(128, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.convolutional:
            x = self.convolutions(x.transpose(1, 2))
        if self.recurrent:
            x = self.lstm(x.transpose(1, 2) if self.convolutional else x)[0][:, -1]
        else:
            x = torch.relu(self.hidden(x.flatten(1)))
        return self.head(self.dropout(x))[:, 0]

    def take(self, weights: dict[str, np.ndarray]) -> None:
        """Load spoofjax's parameters."""
        tensors = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}
        convolutions = [m for m in self.convolutions if isinstance(m, nn.Conv1d)]
        with torch.no_grad():
            for k, layer in enumerate(convolutions):
                name = f"blocks/{k}/convolutions/0"
                layer.weight.copy_(tensors[f"{name}/kernel"].permute(2, 1, 0))
                if layer.bias is not None:
                    layer.bias.copy_(tensors[f"{name}/bias"])
            if self.recurrent:
                for k in range(self.lstm.num_layers):
                    name = f"recurrent/layers/{k}/directions/0"
                    getattr(self.lstm, f"weight_ih_l{k}").copy_(tensors[f"{name}/kernel"].T)
                    getattr(self.lstm, f"weight_hh_l{k}").copy_(tensors[f"{name}/recurrent"].T)
                    getattr(self.lstm, f"bias_ih_l{k}").copy_(tensors[f"{name}/bias"])
                    getattr(self.lstm, f"bias_hh_l{k}").zero_()
            else:
                # Ours flattens frames first, torch's channels first.
                kernel = tensors["hidden/kernel"].reshape(50, 256, 128)
                self.hidden.weight.copy_(kernel.permute(2, 1, 0).reshape(128, -1))
                self.hidden.bias.copy_(tensors["hidden/bias"])
            self.head.weight.copy_(tensors["head/kernel"].T)
            self.head.bias.copy_(tensors["head/bias"])


class Torch(Contestant):
    """A torch model with Adam."""

    def __init__(self, model: str, dropout: float, compiled: bool):
        features, labels, weights = read_job(JOB)
        self.features = torch.from_numpy(features)
        self.labels = torch.from_numpy(labels.astype(np.float32))
        self.network = Network(model, dropout)
        self.network.take(weights[model])
        self.call = torch.compile(self.network) if compiled else self.network
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE, eps=EPSILON)
        self.loss_of = nn.BCEWithLogitsLoss()

    def gradients(self) -> torch.Tensor:
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss_of(self.call(self.features), self.labels)
        loss.backward()
        return loss

    def step(self) -> torch.Tensor:
        loss = self.gradients()
        self.optimizer.step()
        return loss

    def forward(self) -> np.ndarray:
        self.network.eval()
        with torch.inference_mode():
            return self.call(self.features).numpy()

    def loss(self) -> float:
        loss = self.gradients()
        for name, parameter in self.network.named_parameters():
            # Only torch has a second bias per gate; the losses are equal only if it stays zero.
            if "bias_hh" in name and parameter.grad is not None:
                parameter.grad.zero_()
        self.optimizer.step()
        return float(loss.detach())


if __name__ == "__main__":
    JOB, MODE, ALLOCATOR = sys.argv[1:4]
    if ALLOCATOR == "keep":
        keep_freed_memory()
    answer(lambda model, dropout: Torch(model, dropout, MODE == "compile"))
