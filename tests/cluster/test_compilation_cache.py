"""Where compiled programs are kept."""

import jax
from jax._src import compilation_cache, compiler

from spoofjax.cluster.compilation import use_compilation_cache

SETTINGS = (
    "jax_compilation_cache_dir",
    "jax_persistent_cache_min_compile_time_secs",
    "jax_persistent_cache_min_entry_size_bytes",
)


def test_programs_and_what_was_tuned_for_them_share_a_folder(tmp_path, monkeypatch):
    before = {name: getattr(jax.config, name) for name in SETTINGS}
    folder = tmp_path / "cache"
    monkeypatch.setenv("SPOOFJAX_CACHE", str(folder))
    jax.config.update("jax_compilation_cache_dir", None)
    try:
        assert use_compilation_cache() == folder
        if not compilation_cache.is_persistent_cache_enabled():
            return  # JAX_ENABLE_COMPILATION_CACHE turns it off
        options = compiler.get_compile_options(num_replicas=1, num_partitions=1)
        tuning = options.executable_build_options.debug_options
        assert tuning.xla_gpu_per_fusion_autotune_cache_dir.startswith(str(folder))
    finally:
        for name, value in before.items():
            jax.config.update(name, value)
