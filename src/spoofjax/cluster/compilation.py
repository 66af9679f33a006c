"""The persistent compilation cache: a second run of the same step starts much sooner."""

from __future__ import annotations

import os
from pathlib import Path


def use_compilation_cache() -> Path | None:
    """Keep compiled programs in a folder of the user's cache; return it.

    SPOOFJAX_CACHE names another folder, or turns the cache off when it is empty. A setting of
    JAX_COMPILATION_CACHE_DIR is left as it is.
    """
    chosen = os.environ.get("SPOOFJAX_CACHE")
    if chosen == "":
        return None
    import jax

    already = getattr(jax.config, "jax_compilation_cache_dir", None)
    if already is not None:
        return Path(already)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(chosen) if chosen else Path(home) / "spoofjax" / "xla"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None  # A read-only home: compile anew each time.
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # By default only programs that took over a second are kept; ours are small and many.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
