"""`--seeds N`: several runs of one experiment and the summary of their results."""

import json

import numpy as np
import pytest
import started_runs

from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.metrics import summary
from spoofjax.training.seeds import summarise, summary_lines, train_seeds


@pytest.fixture(scope="module")
def tiny(tiny_corpus):
    experiment = load_config(tiny_corpus() / "tiny.py")
    constant = experiment.optimizer.replace(schedule="constant")
    return experiment.replace(optimizer=constant, steps=10)


@pytest.mark.slow
def test_several_seeds_are_trained_and_summarised(tiny, tmp_path):
    manifests = training_splits(tiny.data)
    summary = train_seeds(tiny, manifests, tmp_path, 2, quiet=True)
    rates = []
    for seed in (1, 2):
        report = tmp_path / f"seed-{seed}" / "report"
        rates.append(json.loads((report / "metrics.eval.json").read_text())["eer"])
    assert summary["eval"]["eer"]["mean"] == pytest.approx(np.mean(rates))
    assert summary["eval"]["eer"]["best"] == min(rates)
    assert summary["eval"]["eer"]["std"] == pytest.approx(np.std(rates, ddof=1))
    assert json.loads((tmp_path / "seeds.json").read_text())["seeds"] == [1, 2]
    assert "eval, 2 seeds:" in summary_lines(summary)

    # With resume, a finished seed is taken as it is and a new one is added.
    written = (tmp_path / "seed-2" / "metrics.jsonl").stat().st_mtime_ns
    again = train_seeds(tiny, manifests, tmp_path, 3, resume=True, quiet=True)
    assert again["eval"]["runs"] == 3
    assert (tmp_path / "seed-2" / "metrics.jsonl").stat().st_mtime_ns == written

    # A seed that gets more steps is not finished.
    train_seeds(tiny.replace(steps=12), manifests, tmp_path, 1, resume=True, quiet=True)
    assert len(started_runs.losses(tmp_path / "seed-1")) == 12


def test_the_summary_starts_with_the_alarms_of_every_seed():
    labels = np.arange(1000) % 2
    logits = 9 * (labels - 0.5) + 3 * np.random.default_rng(0).normal(size=1000)
    results = [
        {
            "eval": {
                "corpus": "tiny",
                **summary(scores, labels),
                "collapse": collapse(scores, labels).to_json(),
            }
        }
        for scores in (logits, 0 * logits, logits)
    ]
    text = summary_lines(summarise([1, 2, 3], results))
    assert text.startswith("ALARM (eval): seed 2: The model calls 100.0% of the utterances bona")
    assert "seed 2: The scores carry no information" in text
    assert "seed 1" not in text
    assert "eval, 3 seeds:" in text
