"""An encoder with a head goes through all commands as a CNN does."""

import json
import shutil

import numpy as np
import pytest
import small_encoders
import started_runs
import tiny

from spoofjax.cli import main
from spoofjax.runs.folder import RunFolder

CONFIG = '''"""A small encoder, and a head that compares each utterance with a reference."""

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
        encoder=Wav2Vec2(weights={weights!r}, layer_drop=0.2),
        head=RAT(heads=2, expansion=1, hidden=(6, 4)),
    ),
    sampling=Balanced(),
    loss=BinaryCrossEntropy(),
    optimizer=Adam(learning_rate=3e-3, warm_up=1),
    clip=Clip(
        train=12_000, evaluate=12_000, short="pad", train_buckets=(12_000,), buckets=(12_000,)
    ),
    batch=8,
    accumulate=2,
    reference="speaker",
    steps=8,
    evaluation=Evaluation(every=8, batch=8),
    checkpoints=Checkpoints(every=1),
    log_every=1,
)
'''


def with_shared_speakers(corpus):
    """Give both classes of the training split the same speakers."""
    protocol = corpus / "ASVspoof5.train.tsv"
    lines = [line.split(" ", 1)[1] for line in protocol.read_text().splitlines()]
    protocol.write_text("".join(f"T_{n // 2 % 3:04d} {rest}\n" for n, rest in enumerate(lines)))
    return corpus


def start(*arguments, devices=1):
    """Start `spoofjax train`; the compiler takes less care, because encoders take it long."""
    flags = started_runs.environment(devices)["XLA_FLAGS"]
    variables = {"XLA_FLAGS": f"{flags} --xla_backend_optimization_level=0"}
    return started_runs.start(*arguments, devices=devices, variables=variables)


def finished(*arguments, devices=1):
    """Run `spoofjax train` to its end; return its output."""
    [(status, output)] = started_runs.finish(start(*arguments, devices=devices), limit=280)
    assert status == 0, output
    return output


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A corpus of uneven lengths, the weights of an encoder, and a configuration of both."""
    folder = tmp_path_factory.mktemp("shared")
    corpus = with_shared_speakers(tiny.make_corpus(folder / "corpus", tiny.UNEVEN))
    weights = small_encoders.write_folder(folder / "weights")
    (folder / "rat.py").write_text(CONFIG.format(root=str(corpus), weights=str(weights)))
    return folder


@pytest.fixture(scope="module")
def uninterrupted(folder):
    """A finished run, and what it printed. The folder of its weights is gone."""
    output = finished(folder / "rat.py", "--out", folder / "run")
    (folder / "weights").rename(folder / "moved")
    return folder / "run", output


@pytest.mark.slow
def test_a_killed_run_ends_with_the_same_bits_without_the_folder_of_its_weights(
    folder, uninterrupted
):
    out, weights = folder / "killed", folder / "weights"
    shutil.copytree(folder / "moved", weights)
    process = start(folder / "rat.py", "--out", out)
    started_runs.wait_for_checkpoint(out, 3, limit=280)
    process.kill()
    process.communicate()
    shutil.rmtree(weights)
    finished(folder / "rat.py", "--out", out, "--resume")
    assert started_runs.identical(out, uninterrupted[0])
    np.testing.assert_array_equal(started_runs.losses(out), started_runs.losses(uninterrupted[0]))


@pytest.mark.slow
def test_a_run_hears_whole_utterances_and_knows_its_encoder(uninterrupted):
    assert "bucket of" in uninterrupted[1]
    assert "THE ENCODER IS RANDOM" not in uninterrupted[1]


@pytest.mark.slow
def test_two_devices_by_pmap_take_the_same_steps(folder, uninterrupted):
    out = folder / "pmap"
    weights = ("--model.encoder.weights", folder / "moved")
    finished(folder / "rat.py", *weights, "--parallel.api", "pmap", "--out", out, devices=2)
    expected = started_runs.losses(uninterrupted[0])
    np.testing.assert_allclose(started_runs.losses(out), expected, atol=1e-4)


def scored(detector, files, capsys):
    """Return what `spoofjax score` says of each file."""
    capsys.readouterr()
    main(["score", str(detector), *map(str, files), "--json"])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.slow
def test_a_run_is_exported_evaluated_elsewhere_and_calibrated(
    uninterrupted, tiny_corpus, tmp_path, capsys
):
    run, export = uninterrupted[0], tmp_path / "export"
    assert main(["export", str(run), "--out", str(export)]) == 0
    facts = json.loads((export / "export.json").read_text())
    assert facts["inputs"]["features"] == ["b", 12_000, 1]
    assert facts["largest_difference"] < 1e-4
    files = sorted((tiny_corpus() / "flac_E_eval").iterdir())[:6]
    rows = scored(run, files, capsys)
    assert scored(export, files, capsys) == rows

    # So short a run has learned nothing, hence a corpus on which it is right by construction.
    order = np.argsort([row["score"] for row in rows])
    for place, label in zip(
        order, ["spoof", "spoof", "bonafide", "spoof", "bonafide", "bonafide"], strict=True
    ):
        (tmp_path / "calls" / label).mkdir(parents=True, exist_ok=True)
        shutil.copy(files[place], tmp_path / "calls" / label)
    assert main(["evaluate", str(run), "--corpus", str(tmp_path / "calls")]) == 0
    options = ["--on", "calls.eval", "--set-decision", "--recordings", "2"]
    assert main(["calibrate", str(run), *options]) == 0
    decision = RunFolder(run).read_decision()
    assert decision["corpus"] == "calls"
    assert decision["recordings"]["split"] == "eval of calls"
    assert all(np.isfinite(row["llr"]) for row in scored(run, files, capsys))


@pytest.mark.slow
def test_speakers_without_bona_fide_speech_end_the_run_at_its_start(tiny_corpus, folder, tmp_path):
    options = ("--data.root", tiny_corpus(), "--model.encoder.weights", "None")
    output = started_runs.train(folder / "rat.py", *options, "--out", tmp_path / "run", status=1)
    assert "has no bona fide utterance in the training split" in output
