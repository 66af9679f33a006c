"""What several tests of training share."""

import pytest

from spoofjax.cluster.compilation import use_compilation_cache


@pytest.fixture(scope="module")
def compiled_once(tmp_path_factory):
    """Keep compiled steps in a folder for one module, whose runs compile the same ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPOOFJAX_CACHE", str(tmp_path_factory.mktemp("compiled")))
        use_compilation_cache()
        yield
