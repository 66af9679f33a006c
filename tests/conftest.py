"""Fixtures that several rooms share."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
import tiny

# A busy machine may take long over any example; that is no fault of the code.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

REPOSITORY = Path(__file__).resolve().parent.parent

# The workers of pytest share the cores; threads of small matrix products would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if shutil.which("nvidia-smi"):
    # A GPU's TF32 products are off by a thousandth, more than the tests allow.
    os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "highest")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout, with configs/ and demo/ in it."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Material too large for the repository; tests that need it skip where it is absent."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "fixtures").is_dir():
        pytest.skip("needs the shared fixtures folder beside the checkout")
    return folder


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a corpus of 88 half-second files in ASVspoof 5 layout, with a `tiny.py` to train it.

    `tiny_corpus()` returns the folder that all tests share and none may change;
    `tiny_corpus(folder)` makes another one, for a test that damages it.
    """
    common: list[Path] = []

    def make(folder: Path | None = None) -> Path:
        if folder is None and common:
            return common[0]
        corpus = tiny.make_corpus(folder or tmp_path_factory.mktemp("tiny") / "corpus")
        tiny.write_config(corpus / "tiny.py", corpus)
        if folder is None:
            common.append(corpus)
        return corpus

    return make


@pytest.fixture(scope="session")
def uneven_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the tiny corpus with utterances of five lengths, and a `tiny.py` with buckets.

    All tests share it and none may change it.
    """
    corpus = tiny.make_corpus(tmp_path_factory.mktemp("uneven") / "corpus", tiny.UNEVEN)
    buckets = f", train_buckets={tiny.BUCKETS}, train_multiple=4"
    tiny.write_config(corpus / "tiny.py", corpus, buckets)
    return corpus
