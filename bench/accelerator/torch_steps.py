"""How long do torch's training steps take on the same device? Eager and compiled, in TF32."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

from bench.accelerator.session import Session, section
from bench.accelerator.workload import inputs_of

MODELS = {"CNN-LSTM": "cnn_lstm", "LSTM": "", "CNN": "cnn"}
"""Our models, and those of bench/peers/torch_models.py with the same layers."""


def torch_steps(session: Session) -> None:
    """Time torch's step of each model beside ours, as far as torch is installed."""
    section("training steps in torch (fused AdamW, TF32 allowed)")
    if importlib.util.find_spec("torch") is None:
        session.skip("training steps in torch", "torch is not installed")
        return
    for batch in (4,) if session.quick else (256, 64, 1024):
        for dtype in ("float32", "bfloat16"):
            for name, peer in MODELS.items():
                for mode in ("eager", "compiled"):
                    if mode == "compiled" and (session.quick or (batch, dtype) != (256, "float32")):
                        continue  # compiling takes long, and helps where launches bind
                    label = f"torch {mode}: {name}, batch {batch}, {dtype}"
                    if session.has_time(label, 40 if mode == "compiled" else 8):
                        one_step(session, label, peer, batch, dtype, mode == "compiled")


def one_step(
    session: Session, label: str, peer: str, batch: int, dtype: str, is_compiled: bool
) -> None:
    """Time one model, or note why it fails."""
    try:
        row = session.timed(label, step_of(peer, batch, dtype, is_compiled, session.is_cpu))
    except RuntimeError as error:  # out of memory, or a compiler that is not installed
        session.skip(label, str(error).splitlines()[0][:120])
        return
    row.notes["clips/s"] = round(batch / row.median)
    session.save()


def network_of(peer: str) -> Any:
    """Return the network: that of the peer, or two bidirectional LSTM layers on pairs of frames."""
    from torch import nn  # type: ignore[import-not-found]

    if peer:
        from bench.peers.torch_models import Network

        return Network(peer, dropout=0.3)

    class LSTM(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(120, 64, num_layers=2, batch_first=True, bidirectional=True)
            self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(128, 1))

        def forward(self, x: Any) -> Any:
            pairs = x[:, : x.shape[1] // 2 * 2].reshape(x.shape[0], -1, 120)
            return self.head(self.lstm(pairs)[0].mean(1))[:, 0]

    return LSTM()


def step_of(
    peer: str, batch: int, dtype: str, is_compiled: bool, is_cpu: bool
) -> Callable[[], None]:
    """Return a call that takes one training step and waits for it."""
    import torch  # type: ignore[import-not-found]

    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    device = "cpu" if is_cpu else "cuda"
    features, _, labels = inputs_of(batch)
    x = torch.from_numpy(features).to(device)
    y = torch.from_numpy(labels).to(device, torch.float32)
    network = network_of(peer).to(device)
    call: Any = torch.compile(network) if is_compiled else network
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=not is_cpu)
    loss_of = torch.nn.BCEWithLogitsLoss()
    casts = torch.autocast(device, torch.bfloat16, enabled=dtype == "bfloat16")

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with casts:
            loss = loss_of(call(x).float(), y)
        loss.backward()
        optimizer.step()
        if not is_cpu:
            torch.cuda.synchronize()

    return step
