"""How fast is a self-supervised encoder, and how close to what the device can do?"""

from __future__ import annotations

import time
from typing import Any

import jax

from bench.accelerator.session import Session, section
from bench.peers.encoder_network import Forward, TrainingStep, bytes_of, forward_flops
from spoofjax.models.encoders import Wav2Vec2

SETTINGS = (
    (24, 32, "none"),
    (24, 64, "none"),
    (24, 32, "dots"),
    (24, 32, "layers"),
    (12, 32, "none"),
    (5, 32, "none"),
    (12, 64, "none"),
    (5, 64, "none"),
)
"""Layers, clips and rematerialisation of the measured steps, the most important first."""


def encoders(session: Session) -> None:
    """Time steps and frozen forward passes of XLS-R 300M and of its first layers, in bfloat16."""
    section("XLS-R 300M in bfloat16, clips of 64,600 samples, everything trained by AdamW")
    small = {"width": 64, "full_depth": 24, "heads": 4, "inner": 128, "channels": (32,) * 7}
    shape = small if session.quick else {}
    for layers, batch, remat in SETTINGS[:1] if session.quick else SETTINGS:
        config = Wav2Vec2.xls_r_300m(
            layers=layers, dtype="bfloat16", remat=remat, remat_features=remat == "layers", **shape
        )
        clips = 2 if session.quick else batch
        label = f"{layers} layers, batch {clips}, remat {remat}"
        if session.has_time(f"encoder step, {label}", 50):
            one(session, f"encoder step, {label}", TrainingStep, config, clips, 3)
    for layers in (24,) if session.quick else (24, 12, 5):
        config = Wav2Vec2.xls_r_300m(layers=layers, dtype="bfloat16", freeze="encoder", **shape)
        clips = 2 if session.quick else 64
        label = f"frozen encoder, {layers} layers, batch {clips}"
        if session.has_time(label, 25):
            one(session, label, Forward, config, clips, 1)


def one(session: Session, label: str, task: Any, config: Wav2Vec2, clips: int, passes: int) -> None:
    """Time a task of `clips` clips, `passes` forward passes long, or note why it fails."""
    start = time.perf_counter()
    try:
        run = task(config, clips)
        seconds = time.perf_counter() - start
        row = session.timed(label, run)
    except jax.errors.JaxRuntimeError as error:  # out of memory, for one
        session.skip(label, str(error).splitlines()[0])
        return
    row.notes |= {
        "clips/s": round(clips / row.median, 1),
        "build and compile s": round(seconds, 1),
        "GiB": round(bytes_of(run.compiled) / 2**30, 2),
    }
    if session.matrix_rate:
        rate = passes * clips * forward_flops(config) / row.minimum
        row.notes["TFLOP/s"] = round(rate / 1e12, 1)
        row.notes["of the matrix product"] = f"{rate / session.matrix_rate['bfloat16']:.1%}"
    session.save()
