"""A detector that needs no training, and utterances for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import untrained_runs

from spoofjax.config_files import load_config


@pytest.fixture(scope="session")
def run(tiny_corpus, tmp_path_factory) -> Path:
    """A folder with the files of a finished run that a detector consists of."""
    experiment = load_config(tiny_corpus() / "tiny.py")
    return untrained_runs.write_run(tmp_path_factory.mktemp("python") / "run", experiment)


@pytest.fixture(scope="session")
def utterances(tiny_corpus) -> list[Path]:
    """A bona fide utterance of dev, and a spoof."""
    return [tiny_corpus() / "flac_D" / f"D_{number:010d}.flac" for number in (0, 1)]
