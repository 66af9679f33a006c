"""A run that was trained from Python, and utterances for its detector."""

from __future__ import annotations

from pathlib import Path

import pytest

import spoofjax
from spoofjax.api.training import Run


@pytest.fixture(scope="session")
def trained(tiny_corpus, tmp_path_factory) -> Run:
    """A finished run on the tiny corpus."""
    out = tmp_path_factory.mktemp("python") / "run"
    return spoofjax.train(tiny_corpus() / "tiny.py", out, overrides=["--steps", "40"])


@pytest.fixture(scope="session")
def utterances(tiny_corpus) -> list[Path]:
    """A bona fide utterance of dev, and a spoof."""
    return [tiny_corpus() / "flac_D" / f"D_{number:010d}.flac" for number in (0, 1)]
