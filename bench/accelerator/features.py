"""How long does it take to bring features of int16 clips to the device?"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from bench.accelerator.session import Session, section
from bench.accelerator.workload import clips
from spoofjax.features import LFCC


def features(session: Session) -> None:
    """Time LFCC-60 on the host and in the graph, with and without the transfer."""
    section("LFCC-60: from int16 clips on the host to features on the device")
    batch = 4 if session.quick else 256
    if not session.has_time("features", 30):
        return
    waves, front_end = clips(batch), LFCC()
    if session.has_extension("spoofjax.features._framed", "features on the host"):
        for threads, title in ((1, "one thread"), (None, "all cores")):
            session.timed(
                f"features on the host, {title}, per clip",
                lambda threads=threads: jax.device_put(front_end(waves, threads=threads)),
                batch,
            )
    on_device = jax.device_put(waves)
    for dft in ("fft", "matrix"):
        inner = front_end.in_graph(dft)
        transform = jax.jit(lambda x, f=inner: f(x.astype(jnp.float32) / 32768))
        session.timed(
            f"features in the graph ({dft}), transfer included, per clip",
            lambda f=transform: f(jax.device_put(waves)),
            batch,
        )
        session.timed(
            f"features in the graph ({dft}), per clip", lambda f=transform: f(on_device), batch
        )
