"""Real scores of ASVspoof 2019 LA, and the literal metrics that the fast ones must equal."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from spoofjax.evaluation.keys import Keys, read_keys
from spoofjax.evaluation.scores import Scores, join, read_scores


@pytest.fixture(scope="session")
def literal(repository: Path) -> ModuleType:
    """The definitions taken word by word, from the benchmarks' peers."""
    spec = importlib.util.spec_from_file_location(
        "metrics_literal", repository / "bench" / "peers" / "metrics_literal.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def la2019(shared: Path) -> Path:
    """Folder with real score files and protocols of ASVspoof 2019 LA."""
    return shared / "fixtures" / "scores_2019_la"


@pytest.fixture(scope="session")
def eval_keys(la2019: Path) -> Keys:
    """The evaluation protocol."""
    return read_keys(la2019 / "ASVspoof2019.LA.cm.eval.trl.txt")


@pytest.fixture(scope="session")
def eval_scores(la2019: Path, eval_keys: Keys) -> Scores:
    """Scores of an LFCC-GMM on the evaluation set, joined with their labels."""
    return join(read_scores(la2019 / "cm_lfcc_gmm_eval.txt"), eval_keys)


@pytest.fixture(scope="session")
def dev_scores(la2019: Path) -> Scores:
    """Scores of the same system on dev: nearly separable."""
    keys = read_keys(la2019 / "ASVspoof2019.LA.cm.dev.trl.txt")
    return join(read_scores(la2019 / "cm_lfcc_gmm_dev.txt"), keys)
