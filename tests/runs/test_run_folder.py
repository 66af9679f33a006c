"""A run folder holds one run and has one writer."""

import json
import subprocess
import sys

import numpy as np
import pytest

from spoofjax.audio.augmentation import Chain, RoomResponse
from spoofjax.config import Clip
from spoofjax.config_files import load_config
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import RunError
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.history import MetricsFile, read_metrics


@pytest.fixture
def experiment(repository):
    return load_config(repository / "configs" / "cnn_lstm.py")


@pytest.fixture
def manifests():
    ids = np.array(["T_1", "T_2"])
    split = Manifest.of("own", ids, np.array([1, 0]), Files.under("", ids))
    return {"train": split, "dev": split}


def test_a_started_run_can_be_read_back(tmp_path, experiment, manifests):
    run = RunFolder(tmp_path / "run")
    run.start(experiment, manifests, resume=False)
    assert RunFolder(tmp_path / "run").experiment() == experiment


def test_a_second_run_in_the_same_folder_is_refused_unless_resumed(tmp_path, experiment, manifests):
    RunFolder(tmp_path).start(experiment, manifests, resume=False)
    with pytest.raises(RunError, match="--resume"):
        RunFolder(tmp_path).start(experiment, manifests, resume=False)
    RunFolder(tmp_path).start(experiment, manifests, resume=True)


def failed_start(folder, experiment, manifests):
    """Start a run as `spoofjax train` does, and let it fail before its first step."""
    run = RunFolder(folder)
    run.lock()
    run.start(experiment, manifests, resume=False)
    (run.checkpoints / "latest" / "3.orbax-checkpoint-tmp").mkdir(parents=True)
    run.metrics.touch()
    run.unlock()
    return run


def test_a_start_that_failed_is_repeated_with_any_experiment(tmp_path, experiment, manifests):
    failed_start(tmp_path, experiment, manifests)
    repaired = experiment.replace(batch=16)
    RunFolder(tmp_path).start(repaired, manifests, resume=False)
    assert RunFolder(tmp_path).experiment() == repaired


@pytest.mark.parametrize("killed", [".lock", "training_data.npz.part", "config.json.part"])
def test_a_start_that_was_killed_before_its_configuration_is_repeated(
    tmp_path, experiment, manifests, killed
):
    for name in (".lock", killed):
        (tmp_path / name).touch()
    RunFolder(tmp_path).start(experiment, manifests, resume=False)
    assert RunFolder(tmp_path).experiment() == experiment


@pytest.mark.parametrize(
    "result", ["checkpoints/latest/3/state", "checkpoints/notes.txt", "metrics.jsonl", "thesis.tex"]
)
def test_a_folder_with_a_result_or_another_file_is_no_failed_start(
    tmp_path, experiment, manifests, result
):
    failed_start(tmp_path, experiment, manifests)
    (tmp_path / result).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / result).write_text("precious")
    with pytest.raises(RunError, match="already holds a run"):
        RunFolder(tmp_path).start(experiment, manifests, resume=False)


def test_a_configuration_that_no_start_has_left_is_not_overwritten(tmp_path, experiment, manifests):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RunError):
        RunFolder(tmp_path).start(experiment, manifests, resume=False)
    assert (tmp_path / "config.json").read_text() == "{}"


def test_another_experiment_cannot_resume_here(tmp_path, experiment, manifests):
    RunFolder(tmp_path).start(experiment, manifests, resume=False)
    with pytest.raises(RunError, match="different: batch"):
        RunFolder(tmp_path).start(experiment.replace(batch=16), manifests, resume=True)


def test_settings_that_change_no_result_may_change_on_resume(tmp_path, experiment, manifests):
    run = RunFolder(tmp_path)
    run.start(experiment, manifests, resume=False)
    other = experiment.replace(
        log_every=3,
        checkpoints=experiment.checkpoints.replace(keep=7),
        evaluation=experiment.evaluation.replace(batch=9),
        loading=experiment.loading.replace(threads=1),
    )
    run.start(other, manifests, resume=True)
    assert run.experiment() == other
    rarely = experiment.replace(evaluation=experiment.evaluation.replace(every=7))
    with pytest.raises(RunError, match="different: evaluation"):
        run.start(rarely, manifests, resume=True)


def test_steps_can_be_added_under_a_constant_schedule_alone(tmp_path, experiment, manifests):
    constant = experiment.replace(optimizer=experiment.optimizer.replace(schedule="constant"))
    run = RunFolder(tmp_path / "constant")
    run.start(constant, manifests, resume=False)
    run.start(constant.replace(steps=constant.steps + 1), manifests, resume=True)
    with pytest.raises(RunError, match="different: steps"):
        run.start(constant, manifests, resume=True)
    cosine = RunFolder(tmp_path / "cosine")
    cosine.start(experiment, manifests, resume=False)
    with pytest.raises(RunError, match="constant schedule"):
        cosine.start(experiment.replace(steps=experiment.steps + 1), manifests, resume=True)


def test_a_run_that_lacks_a_newer_field_resumes_with_its_default(tmp_path, experiment, manifests):
    run = RunFolder(tmp_path)
    experiment = experiment.replace(augment=Chain((RoomResponse(),)))
    run.start(experiment, manifests, resume=False)
    stored = json.loads(run.config.read_text())
    del stored["accumulate"], stored["clip"]["buckets"]
    del stored["augment"]["steps"][0]["probability"]
    run.config.write_text(json.dumps(stored))
    run.start(experiment, manifests, resume=True)
    changed = experiment.replace(augment=Chain((RoomResponse(probability=0.5),)))
    with pytest.raises(RunError, match="different: augment"):
        run.start(changed, manifests, resume=True)
    other = experiment.replace(accumulate=2, clip=Clip(buckets=(1,)))
    with pytest.raises(RunError, match="different: accumulate, clip"):
        run.start(other, manifests, resume=True)


def test_a_folder_of_other_files_is_refused(tmp_path, experiment, manifests):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RunError, match="not empty"):
        RunFolder(tmp_path).start(experiment, manifests, resume=True)


def test_a_second_process_finds_the_folder_locked(tmp_path):
    run = RunFolder(tmp_path)
    run.lock()
    code = (
        "from spoofjax.runs.folder import RunFolder; from pathlib import Path; "
        f"RunFolder(Path({str(tmp_path)!r})).lock()"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert other.returncode != 0
    assert "in use by another process (process" in other.stderr
    run.unlock()
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_damaged_line_of_the_history_is_named_unless_it_is_the_last(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "seconds": 1}\n{"step": 2, "sec')
    assert [row["step"] for row in read_metrics(path)] == [1]
    for damaged in ("[]", '{"step": "2", "seconds": 2}', '{"step": 2, "sec', "\x00\x00"):
        path.write_text(f'{{"step": 1, "seconds": 1}}\n{damaged}\n{{"step": 3, "seconds": 3}}\n')
        with pytest.raises(RunError, match=r"metrics\.jsonl, line 2, is damaged"):
            read_metrics(path)


def test_resuming_drops_the_lines_that_will_be_written_again(tmp_path):
    path = tmp_path / "metrics.jsonl"
    lines = [{"step": s, "seconds": float(s), "loss": 1.0 / s} for s in (1, 2, 3, 4)]
    path.write_text("".join(json.dumps(r) + "\n" for r in lines) + '{"step": 5, "los')
    metrics = MetricsFile(path, step=2)
    metrics.write(3, loss=0.5)
    metrics.close()
    rows = read_metrics(path)
    assert [r["step"] for r in rows] == [1, 2, 3]
    assert rows[2]["loss"] == 0.5
    assert rows[2]["seconds"] >= 2.0


def test_a_folder_whose_path_the_checkpoint_store_misreads_is_refused(
    tmp_path, experiment, manifests
):
    with pytest.raises(RunError, match="backslash"):
        RunFolder(tmp_path / "a\\b").start(experiment, manifests, resume=False)
    assert list(tmp_path.iterdir()) == []
