"""Hidden states, weights and outputs that bench/peers/heads_torch.py wrote."""

from pathlib import Path

import pytest
from safetensors.numpy import load_file


@pytest.fixture(scope="session")
def reference():
    """The arrays of reference.safetensors by name."""
    return load_file(Path(__file__).parent / "reference.safetensors")
