"""Programs of codecs and vocoders run once or twice in a test, so they are compiled fast."""

import jax
import pytest


@pytest.fixture(autouse=True, scope="package")
def fast_compilation():
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
