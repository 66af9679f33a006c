"""Runs of an encoder with a head, through the real commands."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import started_runs

CONFIG = '''"""A small random encoder, and a head that compares each utterance with a reference."""

from spoofjax.config import Checkpoints, Clip, Evaluation, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.features import Waveform
from spoofjax.loading.sampling import Balanced
from spoofjax.models import SelfSupervised
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import RAT
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

config = Experiment(
    data=ASVspoof5(root={root!r}),
    front_end=Waveform(),
    model=SelfSupervised(
        encoder=Wav2Vec2(
            width=16, full_depth=2, heads=2, inner=16, position_kernel=4, position_groups=2,
            channels=(8, 8, 8), kernels=(10, 8, 8), strides=(5, 8, 8), dropout=0.1,
        ),
        head=RAT(heads=2, expansion=1, hidden=(6, 4)),
    ),
    sampling=Balanced(),
    loss=BinaryCrossEntropy(),
    optimizer=Adam(learning_rate=3e-3, warm_up=1),
    clip=Clip(train=3_200, evaluate=4_000, short="pad"),
    batch=8,
    accumulate=2,
    reference="speaker",
    steps=8,
    evaluation=Evaluation(every=8, batch=8),
    checkpoints=Checkpoints(every=1),
    log_every=1,
)
'''


def with_shared_speakers(corpus: Path) -> Path:
    """Give both classes of the training split the same speakers; return a configuration."""
    protocol = corpus / "ASVspoof5.train.tsv"
    lines = [line.split(" ", 1)[1] for line in protocol.read_text().splitlines()]
    protocol.write_text("".join(f"T_{n // 2 % 3:04d} {rest}\n" for n, rest in enumerate(lines)))
    path = corpus / "rat.py"
    path.write_text(CONFIG.format(root=str(corpus)))
    return path


def finished(*arguments):
    """Run `spoofjax train` to its end; return its output. Encoders take a while to compile."""
    [(status, output)] = started_runs.finish(started_runs.start(*arguments), limit=280)
    assert status == 0, output
    return output


@pytest.fixture(scope="module")
def config(tiny_corpus, tmp_path_factory):
    return with_shared_speakers(tiny_corpus(tmp_path_factory.mktemp("shared") / "corpus"))


@pytest.fixture(scope="module")
def uninterrupted(config, tmp_path_factory):
    """A finished run and what it printed."""
    out = tmp_path_factory.mktemp("runs") / "run"
    return out, finished(config, "--out", out)


@pytest.mark.slow
def test_a_killed_run_ends_with_the_same_bits(config, uninterrupted, tmp_path):
    out = tmp_path / "killed"
    process = started_runs.start(config, "--out", out)
    started_runs.wait_for_checkpoint(out, 3, limit=280)
    process.kill()
    process.communicate()
    finished(config, "--out", out, "--resume")
    assert started_runs.identical(out, uninterrupted[0])
    np.testing.assert_array_equal(started_runs.losses(out), started_runs.losses(uninterrupted[0]))


@pytest.mark.slow
def test_a_run_warns_of_its_random_encoder(uninterrupted):
    assert "THE ENCODER IS RANDOM" in uninterrupted[1]


@pytest.mark.slow
def test_a_run_is_exported_as_a_program_that_scores_alike(uninterrupted, tmp_path):
    run, out = uninterrupted[0], tmp_path / "detector"
    command = [sys.executable, "-m", "spoofjax.cli", "export", str(run), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    facts = json.loads((out / "export.json").read_text())
    assert facts["inputs"]["features"] == ["b", 4_000, 1]
    assert facts["largest_difference"] < 1e-4


@pytest.mark.slow
def test_speakers_without_bona_fide_speech_end_the_run_at_its_start(tiny_corpus, config, tmp_path):
    output = started_runs.train(
        config, "--data.root", tiny_corpus(), "--out", tmp_path / "run", status=1
    )
    assert "has no bona fide utterance in the training split" in output
