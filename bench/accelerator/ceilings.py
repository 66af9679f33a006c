"""What can the device do at best? A large matrix product and a large copy."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from bench.accelerator.session import Session, section


def ceilings(session: Session) -> None:
    """Measure FLOP/s and bytes/s; training steps are compared with both."""
    section("ceilings, as measured")
    size = 512 if session.quick else 8192
    for dtype in ("float32", "bfloat16"):
        a = jax.random.normal(jax.random.key(0), (size, size), dtype)
        product = jax.jit(jnp.matmul)
        row = session.timed(f"matrix product {size}, {dtype}", lambda a=a, f=product: f(a, a))
        session.matrix_rate[dtype] = 2 * size**3 / row.minimum
        row.notes["TFLOP/s"] = round(session.matrix_rate[dtype] / 1e12, 2)
    x = jnp.zeros(2**20 if session.quick else 2**29, jnp.float32)
    copy = jax.jit(lambda x: x + 1)
    row = session.timed(f"copy of {x.nbytes / 2**20:.0f} MiB", lambda: copy(x))
    session.copy_rate = 2 * x.nbytes / row.minimum
    row.notes["GB/s"] = round(session.copy_rate / 1e9, 1)
    for row in session.rows:
        print(f"  {row.name}: {row.notes}")
