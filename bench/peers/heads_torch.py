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
from head_sizes import BATCH, FRAMES, LAYERS, WIDTH
from nes2net_torch import Nes2NetX
from pooling_heads_torch import MHFA, SLS, MeanPool, WeightedStatistics
from rat_torch import RAT
from safetensors.numpy import save_file
from ssl_aasist_torch import SSLAASIST
from torch import nn  # type: ignore[import-not-found]


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
