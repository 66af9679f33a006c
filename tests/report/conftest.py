"""Run folders to report on, which need no training."""

import json

import numpy as np
import pytest
from drawn_runs import NOTHING, judge

from spoofjax import config_files


@pytest.fixture
def experiment(tiny_corpus):
    return config_files.load_config(tiny_corpus() / "tiny.py")


@pytest.fixture
def make_run(tmp_path, experiment):
    """Writes the folder of a run on the tiny corpus whose scores are drawn, not trained."""

    def make(name, lift=1.5, seed=1, drawn=0, manifests=None):
        folder, generator = tmp_path / name, np.random.default_rng(drawn)
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(config_files.dumps(experiment.replace(seed=seed)))
        (folder / "environment.json").write_text('{"python": "3.12", "packages": {"jax": "0.10"}}')
        (folder / "decision.json").write_text(json.dumps(NOTHING))
        lines = [{"step": n, "seconds": 1.0 * n, "loss": 1 / n} for n in range(1, 9)]
        lines += [{"step": 8, "seconds": 9.0, "dev.eer": 0.2, "dev.min_dcf": 0.5, "best": True}]
        (folder / "metrics.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
        for split in ("dev", "eval"):
            manifest = (manifests or {}).get(split) or experiment.data.manifest(split)
            score = lift * (manifest.label - 0.5) + generator.normal(0, 1, len(manifest))
            judge(folder, split, score, manifest)
        return folder

    return make
