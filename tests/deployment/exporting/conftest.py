"""A detector that needs no training, and utterances to compare exports on."""

from __future__ import annotations

from pathlib import Path

import pytest
import untrained_runs

from spoofjax.config import Clip
from spoofjax.config_files import load_config
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting.utterances import Utterances, utterances_of


@pytest.fixture(scope="module")
def run(uneven_corpus, tmp_path_factory) -> Path:
    """A run of a small CNN, whose clips are padded and levelled."""
    clip = Clip(evaluate=8_000, short="pad", level_dbfs=-26.0)
    experiment = load_config(uneven_corpus / "tiny.py").replace(clip=clip)
    return untrained_runs.write_run(tmp_path_factory.mktemp("runs") / "run", experiment)


@pytest.fixture(scope="module")
def detector(run) -> Detector:
    """Its detector."""
    return Detector.load(run)


@pytest.fixture(scope="module")
def utterances(detector) -> Utterances:
    """Ten utterances of dev, shorter and longer than a clip."""
    manifest = detector.experiment.data.manifest("dev")
    return utterances_of(detector.experiment, manifest, "dev", 10)
