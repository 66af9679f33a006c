"""The persistent compilation cache: the second run of the same program starts much sooner."""

from __future__ import annotations

import os
from pathlib import Path


def use_compilation_cache() -> Path | None:
    """Keep compiled programs in a folder of the user's cache; return that folder.

    The environment variable SPOOFJAX_CACHE names another folder, or turns the cache off if it is
    empty. A folder set by JAX_COMPILATION_CACHE_DIR stays in use.
    """
    chosen = os.environ.get("SPOOFJAX_CACHE")
    if chosen == "":
        return None
    import jax

    configured = getattr(jax.config, "jax_compilation_cache_dir", None)
    if configured is not None:
        return Path(configured)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(chosen) if chosen else Path(home) / "spoofjax" / "xla"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None  # The home folder is read-only, so every run compiles again.
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # By default jax keeps only programs that took over a second; ours are many small ones.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
