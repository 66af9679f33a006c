"""Detectors that need no training, and files for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import untrained_runs

from spoofjax.config import Clip
from spoofjax.config_files import load_config


@pytest.fixture(scope="module")
def make_run(uneven_corpus, tmp_path_factory) -> Callable[[Clip], Path]:
    """Makes a folder with the files of a finished run that a detector consists of."""

    def make(clip: Clip) -> Path:
        experiment = load_config(uneven_corpus / "tiny.py").replace(clip=clip)
        return untrained_runs.write_run(tmp_path_factory.mktemp("runs") / "run", experiment)

    return make


@pytest.fixture(scope="module")
def files(uneven_corpus) -> list[Path]:
    """Utterances of five lengths."""
    return sorted((uneven_corpus / "flac_D").glob("*.flac"))[::4][:5]
