"""torch's side of bench/field_models.py: python bench/peers/field_torch.py FOLDER {keep,-}

Each model takes FOLDER/MODEL.pth if it is there, and otherwise writes its random weights to it.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]

FOLDER, ALLOCATOR = sys.argv[1:3]
sys.path[:0] = [
    str(Path(__file__).resolve().parent),
    str(Path(__file__).resolve().parents[2] / "src"),
]
from field_job import MODULES, answer, read_input, shared_tensors  # noqa: E402
from step_models import EPSILON, LEARNING_RATE  # noqa: E402

from spoofjax.cluster.allocator import keep_freed_memory  # noqa: E402


class Torch:
    """A published detector with Adam, in eager mode."""

    def __init__(self, model: str):
        self.network = importlib.import_module(MODULES[model]).network(model)
        path = Path(FOLDER) / f"{model}.pth"
        if path.is_file():
            tensors = torch.load(path, map_location="cpu", weights_only=True)
            known = self.network.state_dict()
            self.network.load_state_dict(shared_tensors(tensors, known))
        else:
            torch.save(self.network.state_dict(), path)
        features, labels = read_input(FOLDER, model)
        self.features, self.labels = torch.from_numpy(features), torch.from_numpy(labels)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE, eps=EPSILON)
        self.loss_of = torch.nn.BCEWithLogitsLoss()

    def _scores(self) -> torch.Tensor:
        outputs = self.network(self.features)
        return outputs[:, 1] - outputs[:, 0] if outputs.shape[1] == 2 else outputs[:, 0]

    def step(self) -> None:
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss_of(self._scores(), self.labels)
        loss.backward()
        self.optimizer.step()

    def forward(self) -> np.ndarray:
        self.network.eval()
        with torch.inference_mode():
            return self._scores().numpy()


if __name__ == "__main__":
    if ALLOCATOR == "keep":
        keep_freed_memory()
    answer(Torch)
